/* placeholder of the main; written with its room */
int main(void)
{
	return 70;
}

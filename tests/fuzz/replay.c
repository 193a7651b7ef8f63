/* Runs a target without libFuzzer: every file named or lying in a folder
 * named, as it is and in changed copies (bytes turned, cut, doubled), always
 * the same ones. FUZZ_ROUNDS says how many of each. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { INPUT_BYTES_MAX = 1 << 20, ROUNDS = 300 };

static uint64_t dice = 0x9e3779b97f4a7c15u;

/* xorshift64 */
static size_t
roll(size_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return below ? (size_t)(dice % below) : 0;
}

/* The copy lies in memory of exactly its size, so that a sanitizer sees a
 * read behind it. */
static void
run_once(const uint8_t *data, size_t size)
{
	uint8_t *copy = mem_alloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static size_t
change(uint8_t *data, size_t size)
{
	size_t at = roll(size), n;

	if (size == 0)
		return 0;
	switch (roll(5)) {
	case 0:
		data[at] = (uint8_t)roll(256);
		return size;
	case 1:
		data[at] ^= (uint8_t)(1u << roll(8));
		return size;
	case 2:
		return at;
	case 3:
		n = roll(size - at) + 1;
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	default:
		n = roll(size - at) + 1;
		if (size + n > 2 * INPUT_BYTES_MAX)
			return size;
		memmove(data + at + n, data + at, size - at);
		return size + n;
	}
}

static void
run_changed(const uint8_t *data, size_t size, long rounds)
{
	uint8_t *work = mem_alloc(2 * INPUT_BYTES_MAX);

	for (long i = 0; i < rounds; i++) {
		size_t n = size, times = roll(4) + 1;

		if (size)
			memcpy(work, data, size);
		while (times-- > 0)
			n = change(work, n);
		run_once(work, n);
	}
	free(work);
}

static int
run_file(const char *path, long rounds)
{
	uint8_t *data = mem_alloc(INPUT_BYTES_MAX);
	FILE *f = fopen(path, "re");
	size_t size;

	if (!f) {
		perror(path);
		free(data);
		return -1;
	}
	size = fread(data, 1, INPUT_BYTES_MAX, f);
	fclose(f);
	run_once(data, size);
	run_changed(data, size, rounds);
	free(data);
	return 1;
}

static int
run_path(const char *path, long rounds)
{
	struct dirent *entry;
	char name[4096];
	int files = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return run_file(path, rounds);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		files += run_file(name, rounds);
	}
	closedir(dir);
	return files;
}

int
main(int argc, char **argv)
{
	const char *asked = getenv("FUZZ_ROUNDS");
	long rounds = asked ? strtol(asked, NULL, 10) : ROUNDS;
	int files = 0;

	for (int i = 1; i < argc; i++)
		files += run_path(argv[i], rounds);
	printf("%d inputs, %ld changed copies of each\n", files, rounds);
	return files > 0 ? 0 : 1;
}

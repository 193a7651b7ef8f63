/* The door to OpenSSL's connections; libcurl hands out theirs. */
#include "delivery/tls.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

const char *
tls_version(void *easy)
{
	const struct curl_tlssessioninfo *info = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) || !info ||
	    info->backend != CURLSSLBACKEND_OPENSSL || !info->internals)
		return NULL;
	return SSL_get_version(info->internals);
}

/* What libcurl itself does not tell about a TLS connection. */
#ifndef DELIVERY_TLS_H
#define DELIVERY_TLS_H

/* The version in force, "TLSv1.3"; NULL when there is none, or when libcurl
 * was built with another library than OpenSSL. To be asked while the
 * transfer has its connection; the text is constant. */
const char *tls_version(void *easy);

#endif

/*
 * TLS 1.2 and 1.3 by GnuTLS, as libmicrohttpd has it. A certificate that is read again is for connections that begin
 * from then on.
 */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include "base/status.h"

struct tls;

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Reads a certificate with those between it and its authority, and its key, both PEM. DATABASE: others may use the key.
 * FORMAT: one of them is none, or they do not belong together. One in a process: see tls_retrieve. */
vultus_status tls_open(const char *certificate, const char *key, struct tls **out,
                       vultus_error *error) VULTUS_MUST_USE;
/* The same files or others; after a failure all is as before. */
vultus_status tls_reload(struct tls *tls, const char *certificate, const char *key,
                         vultus_error *error) VULTUS_MUST_USE;
/* After the last connection has ended. */
void tls_close(struct tls *tls);

/* Seconds since 1970 when the certificate ends. */
long long tls_ends(const struct tls *tls);
/* The function for MHD_OPTION_HTTPS_CERT_CALLBACK. libmicrohttpd gives it nothing of ours, so it answers with what was
 * opened last. */
void *tls_retrieve(void);

#endif

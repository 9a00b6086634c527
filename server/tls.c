/*
 * See tls.h. The only file that knows GnuTLS. It does not say when a connection is done with the certificate that it was
 * given, so all that were read are kept until the end: a few kilobytes for each time that one is renewed.
 */
#include "tls.h"
#include "base/file.h"
#include "base/memory.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#define CHAIN_MAX 16                 /* certificates; usual are two or three */
#define FILE_MAX ((size_t)256 << 10) /* a chain of those */
#define NOT_FOR_OTHERS                                                                             \
    (S_IRWXO | S_IWGRP | S_IXGRP) /* a group may read it, as Debian's ssl-cert does */

struct identity { /* what the server shows */
    struct identity *before;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    time_t ends;
};

struct tls {
    struct identity *now;
};

static _Atomic(struct identity *) shown; /* of the one that is open */

/* ------------------------------------------------------------------ reading */

static vultus_status check_mode(const char *path, vultus_error *error)
{
    struct stat info;
    if (!stat(path, &info) && (info.st_mode & NOT_FOR_OTHERS))
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: others may use this key; run: chmod 600 on it", file_shown(path));
    return VULTUS_OK;
}

static vultus_status refused(const char *path, const char *what, int code, vultus_error *error)
{
    return code == GNUTLS_E_MEMORY_ERROR
               ? status_memory(error, "a certificate")
               : status_set(error, VULTUS_ERR_FORMAT, "%s: is no %s in PEM (%s)", file_shown(path),
                            what, gnutls_strerror(code));
}

static gnutls_datum_t datum(const struct buffer *text)
{
    return (gnutls_datum_t){text->data, (unsigned)text->size};
}

/* GnuTLS compares them when they are put into credentials, which are of no other use here. */
static vultus_status check_pair(const struct buffer *certificate, const struct buffer *key,
                                const char *path, vultus_error *error)
{
    gnutls_certificate_credentials_t pair;
    const gnutls_datum_t first = datum(certificate), second = datum(key);
    if (gnutls_certificate_allocate_credentials(&pair))
        return status_memory(error, "a certificate");
    int code =
        gnutls_certificate_set_x509_key_mem2(pair, &first, &second, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_certificate_free_credentials(pair);
    if (code < 0)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: does not belong to the certificate (%s)",
                          file_shown(path), gnutls_strerror(code));
    return VULTUS_OK;
}

static time_t end_of(gnutls_pcert_st *certificate)
{
    gnutls_x509_crt_t whole;
    if (gnutls_pcert_export_x509(certificate, &whole))
        return 0;
    time_t ends = gnutls_x509_crt_get_expiration_time(whole);
    gnutls_x509_crt_deinit(whole);
    return ends;
}

static void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    if (identity->key)
        gnutls_privkey_deinit(identity->key);
    mem_free(identity);
}

/* Of the two texts. */
static vultus_status parse(const char *certificate, const char *key, const struct buffer texts[2],
                           struct identity *out, vultus_error *error)
{
    const gnutls_datum_t chain = datum(&texts[0]), secret = datum(&texts[1]);
    unsigned count = CHAIN_MAX;
    int code =
        gnutls_pcert_list_import_x509_raw(out->chain, &count, &chain, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        return refused(certificate, "certificate", code, error);
    out->count = count;
    code = gnutls_privkey_init(&out->key);
    if (!code)
        code = gnutls_privkey_import_x509_raw(out->key, &secret, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0)
        return refused(key, "key without a password", code, error);
    out->ends = end_of(&out->chain[0]);
    return check_pair(&texts[0], &texts[1], key, error);
}

static vultus_status identity_read(const char *certificate, const char *key, struct identity **out,
                                   vultus_error *error)
{
    struct buffer texts[2];
    const char *const paths[2] = {certificate, key};
    vultus_status status = check_mode(key, error);
    for (size_t i = 0; i < 2; i++) {
        buffer_init(&texts[i], FILE_MAX);
        if (!status)
            status = file_read(paths[i], FILE_MAX, &texts[i], error);
    }
    struct identity *identity = mem_zalloc(1, sizeof *identity);
    if (!status && !identity)
        status = status_memory(error, "a certificate");
    if (!status)
        status = parse(certificate, key, texts, identity, error);
    buffer_clear(&texts[0]);
    buffer_clear(&texts[1]);
    if (status)
        identity_free(identity);
    else
        *out = identity;
    return status;
}

/* ------------------------------------------------------------------ showing */

static int retrieve(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                    gnutls_pcert_st **chain, unsigned *length, gnutls_privkey_t *key)
{
    struct identity *identity = atomic_load(&shown);
    (void)session, (void)authorities, (void)count, (void)algorithms, (void)algorithm_count;
    if (!identity)
        return -1;
    *chain = identity->chain;
    *length = identity->count;
    *key = identity->key;
    return 0;
}

void *tls_retrieve(void)
{
    return (void *)retrieve;
}

vultus_status tls_reload(struct tls *tls, const char *certificate, const char *key,
                         vultus_error *error)
{
    struct identity *next = NULL;
    vultus_status status = identity_read(certificate, key, &next, error);
    if (status)
        return status;
    next->before = tls->now;
    tls->now = next;
    atomic_store(&shown, next);
    return VULTUS_OK;
}

vultus_status tls_open(const char *certificate, const char *key, struct tls **out,
                       vultus_error *error)
{
    struct tls *tls = mem_zalloc(1, sizeof *tls);
    if (!tls)
        return status_memory(error, "a certificate");
    vultus_status status = tls_reload(tls, certificate, key, error);
    if (status)
        mem_free(tls);
    else
        *out = tls;
    return status;
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    atomic_store(&shown, NULL);
    while (tls->now) {
        struct identity *before = tls->now->before;
        identity_free(tls->now);
        tls->now = before;
    }
    mem_free(tls);
}

long long tls_ends(const struct tls *tls)
{
    return (long long)tls->now->ends;
}

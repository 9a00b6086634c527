/*
 * Classifiers beside an encrypted gallery: the file of trained_classifier.c, sealed as a whole by the user's key. Before
 * what is sealed stand a mark and the random id that its keys are made from; where there is no key the file is as ever.
 */
#include "base/file.h"
#include "base/memory.h"
#include "engine/classifier_file.h"
#include "gallery/key_source.h"
#include "model/trained.h"

#include <string.h>

static const char mark[] =
    "vultus sealed 1\n"; /* no safetensors file begins so: it would be over 2^60 bytes */

#define MARK (sizeof mark - 1)
#define HEAD (MARK + VAULT_GALLERY_SIZE)

static const struct vault_place place = {.kind = VAULT_MODEL};

static vultus_status seal(const struct key *key, const struct buffer *plain, struct buffer *out,
                          vultus_error *error)
{
    struct vault *vault = NULL;
    size_t size = plain->size + VAULT_OVERHEAD;
    buffer_init(out, TRAINED_BYTES_MAX + HEAD + VAULT_OVERHEAD);
    vultus_status status = vault_new(key->bytes, NULL, &vault, error);
    if (!status)
        status = buffer_append(out, mark, MARK, error);
    if (!status)
        status = buffer_append(out, vault_gallery(vault), VAULT_GALLERY_SIZE, error);
    if (!status)
        status = buffer_reserve(out, size, error);
    if (!status) {
        vault_seal(vault, &place, plain->data, plain->size, out->data + out->size);
        out->size += size;
    }
    vault_free(vault);
    return status;
}

vultus_status vultus_classifier_write_sealed(const vultus_classifier *classifier, const char *path,
                                             const char *key_file, vultus_error *error)
{
    struct buffer plain = {0}, sealed = {0};
    struct key *key = NULL;
    if (!classifier || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a classifier and a path are needed");
    vultus_status status = key_find(key_file, &key, error);
    if (!status)
        status = classifier_print_file(classifier, &plain, error);
    if (!status && key->given)
        status = seal(key, &plain, &sealed, error);
    if (!status)
        status = key->given ? file_write_private(path, sealed.data, sealed.size, error)
                            : file_write_private(path, plain.data, plain.size, error);
    key_free(key);
    buffer_clear(&plain);
    buffer_clear(&sealed);
    return status;
}

static vultus_status unseal(const struct buffer *sealed, const char *path, const struct key *key,
                            struct buffer *out, vultus_error *error)
{
    struct vault *vault = NULL;
    size_t size = sealed->size - HEAD;
    if (!key->given)
        return status_set(error, VULTUS_ERR_DATABASE, "%s: is encrypted, and no key is named",
                          file_shown(path));
    if (size < VAULT_OVERHEAD)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: is damaged", file_shown(path));
    buffer_init(out, TRAINED_BYTES_MAX);
    vultus_status status = vault_new(key->bytes, sealed->data + MARK, &vault, error);
    if (!status)
        status = buffer_reserve(out, size - VAULT_OVERHEAD, error);
    if (!status && !vault_open(vault, &place, sealed->data + HEAD, size, out->data))
        status = status_set(error, VULTUS_ERR_DATABASE,
                            "%s: is encrypted with another key, or damaged", file_shown(path));
    if (!status)
        out->size = size - VAULT_OVERHEAD;
    vault_free(vault);
    return status;
}

vultus_status vultus_classifier_read_sealed(const char *path, const char *key_file,
                                            vultus_classifier **out, vultus_error *error)
{
    struct buffer bytes = {0}, plain = {0};
    struct key *key = NULL;
    if (!path || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a path and a place for it are needed");
    vultus_status status =
        file_read(path, TRAINED_BYTES_MAX + HEAD + VAULT_OVERHEAD, &bytes, error);
    bool sealed = !status && bytes.size >= HEAD && !memcmp(bytes.data, mark, MARK);
    if (sealed)
        status = key_find(key_file, &key, error);
    if (!status && sealed)
        status = unseal(&bytes, path, key, &plain, error);
    if (!status)
        status = classifier_parse_file(sealed ? plain.data : bytes.data,
                                       sealed ? plain.size : bytes.size, path, out, error);
    key_free(key);
    buffer_clear(&bytes);
    buffer_clear(&plain);
    return status;
}

/* Texts in trained files: a tensor of bytes in which NUL ends each text, because a header has no room for
 * millions of them. */
#include "base/memory.h"
#include "model/trained.h"

#include <string.h>

vultus_status trained_join(const char *const *texts, size_t count, struct buffer *out,
                           vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    buffer_init(out, TRAINED_BYTES_MAX);
    for (size_t i = 0; !status && i < count; i++)
        status = buffer_append(out, texts[i], strlen(texts[i]) + 1, error);
    return status;
}

vultus_status trained_texts(const struct trained *trained, const char *name, size_t count,
                            const char *const **out, vultus_error *error)
{
    struct weights_shape shape = {1, {0}};
    const char *data = NULL;
    vultus_error none;
    if (weights_tensor(trained->weights, name, WEIGHTS_U8, &shape, (const void **)&data, &none))
        return VULTUS_OK;
    const size_t size = shape.sizes[0];
    size_t found = 0;
    for (size_t i = 0; i < size; i++)
        found += !data[i];
    if (found != count || (size && data[size - 1]))
        return status_set(error, VULTUS_ERR_FORMAT, "its %s are damaged", name);
    char **texts = mem_alloc(count * sizeof *texts + size + 1);
    if (!texts)
        return status_memory(error, "texts of a file");
    char *text = (char *)(texts + count);
    if (size)
        memcpy(text, data, size);
    for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
        texts[i] = text;
    *out = (const char *const *)texts;
    return VULTUS_OK;
}

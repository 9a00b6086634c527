/* Answers with the picture of a face. */
#include "reply.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

void reply_jpeg(struct request *request, const uint8_t *bytes, size_t size)
{
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    struct buffer jpeg;
    vultus_error error = {0};
    if (!size) {
        reply_error(request, ERROR_NOT_FOUND, "this face has no picture");
        return;
    }
    buffer_init(&jpeg, size);
    if (hash_bytes(bytes, size, hash, &error) || buffer_append(&jpeg, bytes, size, &error)) {
        reply_failure(request, &error);
        return;
    }
    hash_hex(hash, hex);
    snprintf(request->reply.etag, sizeof request->reply.etag, "\"%s\"", hex);
    request->reply.private = true;
    if (!strcmp(request->none_match, request->reply.etag) || !strcmp(request->none_match, "*"))
        reply_empty(request, 304);
    else
        reply_text(request, "image/jpeg", &jpeg);
    buffer_clear(&jpeg);
}

void reply_picture(struct request *request, const vultus_face_record *record)
{
    reply_jpeg(request, record->thumbnail, record->thumbnail_size);
}

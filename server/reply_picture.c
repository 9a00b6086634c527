/* Answers with the picture of a face. */
#include "reply.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

void reply_picture(struct request *request, const vultus_face_record *record)
{
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    struct buffer jpeg;
    vultus_error error = {0};
    if (!record->thumbnail_size) {
        reply_error(request, ERROR_NOT_FOUND, "this face has no picture");
        return;
    }
    buffer_init(&jpeg, record->thumbnail_size);
    if (hash_bytes(record->thumbnail, record->thumbnail_size, hash, &error) ||
        buffer_append(&jpeg, record->thumbnail, record->thumbnail_size, &error)) {
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

/* Answers: JSON, bytes, and errors, whose shape and codes are the same everywhere. */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include "request.h"

#include "answers/json_values.h"

#define REPLY_MAX ((size_t)64 << 20) /* a thousand embeddings of 4096 numbers have 50 MB */

enum error_code { /* the codes are part of the interface: docs/server.md and openapi.yaml list them */
                  ERROR_BAD_REQUEST,
                  ERROR_BAD_NAME,
                  ERROR_UNAUTHORIZED,
                  ERROR_FORBIDDEN,
                  ERROR_ORIGIN,
                  ERROR_NOT_ALLOWED,
                  ERROR_NOT_FOUND,
                  ERROR_METHOD,
                  ERROR_EXISTS,
                  ERROR_OTHER_NAME,
                  ERROR_MISMATCH,
                  ERROR_IN_PROGRESS,
                  ERROR_NO_RUN,
                  ERROR_FULL,
                  ERROR_IN_USE,
                  ERROR_TOO_LARGE,
                  ERROR_MEDIA_TYPE,
                  ERROR_NOT_A_PICTURE,
                  ERROR_FACE, /* the reply's code is the verdict's */
                  ERROR_KEY_REUSED,
                  ERROR_TOO_FEW,
                  ERROR_GONE,
                  ERROR_TOO_MANY,
                  ERROR_INTERNAL,
                  ERROR_BUSY,
                  ERROR_GALLERY_BUSY,
                  ERROR_STOPPING,
                  ERROR_DEADLINE
};

/* Takes the value; NULL is memory that ran out. */
void reply_json(struct request *request, unsigned status, json_t *value, int digits);
void reply_fixed(struct request *request, const char *type, const void *data, size_t size);
void reply_text(struct request *request, const char *type, struct buffer *text);
void reply_empty(struct request *request, unsigned status);
void reply_error(struct request *request, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What the library says went wrong. What is about the server itself goes to its log, not to whoever asked. */
void reply_failure(struct request *request, const vultus_error *error);
/* The picture of a face, which whoever asks may keep and check by its tag; NOT_FOUND where it has none (0 bytes). */
void reply_jpeg(struct request *request, const uint8_t *bytes, size_t size);
void reply_picture(struct request *request, const vultus_face_record *record);
/* A face that cannot be used: 422 with the verdict as the code. Takes `details`, which may be NULL. */
void reply_face(struct request *request, const char *verdict, const char *reason, json_t *details);

#endif

/*
 * JSON bodies of changes: splitting people, naming unknown faces, facts, which run serves, galleries. The first byte says which;
 * what a handler gets of a field is what it may be, and what is refused has a reply that says why.
 */
#include "fuzz.h"
#include "fuzz_request.h"

#include "server/body.h"

#include <string.h>

#define MOST 1000 /* numbers of faces in one body */

static const char *const split_fields[] = {"faces", "into", NULL};
static const char *const unknown_fields[] = {"name", "faces", NULL};
static const char *const fact_fields[] = {"kind", "key", "value", NULL};
static const char *const serving_fields[] = {"run", NULL};
static const char *const refuse_fields[] = {"face", "image", NULL};
static const char *const *const bodies[] = {split_fields, unknown_fields, fact_fields,
                                            serving_fields, refuse_fields};
static const char *const *fields; /* of this input */

static void try_numbers(struct request *request, const struct body *body)
{
    static int64_t faces[MOST];
    size_t count = 0;
    if (body_numbers(request, body, "faces", faces, MOST, &count)) {
        need(count >= 1 && count <= MOST);
        for (size_t i = 0; i < count; i++)
            need(faces[i] > 0);
    } else {
        need(request->reply.status == 400 && request->reply.code);
    }
}

static void try_texts(const struct body *body)
{
    static const char *const texts[] = {"into", "name", "kind", "key", "value"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = body_text(body, texts[i], NULL, 0);
        need(!text || (body->json && json_is_string(json_object_get(body->json, texts[i]))));
        need(!text || vultus_name_check(text, NULL) || strlen(text) <= VULTUS_NAME_MAX);
    }
}

static void try_change(struct request *request)
{
    struct body body = {0};
    int64_t number;
    if (strcmp(request->content_type, "application/json") != 0)
        return; /* refused before there is a body */
    if (body_read(request, fields, &body)) {
        try_texts(&body);
        try_numbers(request, &body);
    } else {
        need(request->reply.status == 400 && request->reply.code);
    }
    body_clear(&body);
    const char *text = (const char *)request->body.data; /* as if it stood in a path */
    if (text && memchr(text, '\0', request->body.size))
        need(!path_number(request, text, &number) || number > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    fields = bodies[data[0] / 8 % (sizeof bodies / sizeof *bodies)];
    fuzz_request(data, size, try_change);
    return 0;
}

/* The second of the types of fuzz_request is JSON. */
size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "\x01{\"faces\": [1, 2, 9223372036854775807], \"into\": \"Ada\"}",
        "\x0a{\"name\": \"Ad\\u00e9le\", \"faces\": [3]}",
        "\x13{\"kind\": \"tag\", \"key\": \"vip\", \"value\": null}",
        "\x19{\"run\": 7}",
        "\x22{\"face\": 12}",
        "\x01{\"faces\": [-1, 0, 1e3, \"2\", {}], \"into\": 5}",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}

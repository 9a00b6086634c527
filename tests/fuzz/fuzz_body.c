/*
 * Bodies of requests. Parts lie inside the body, one behind the other; what is refused has a reply with a code,
 * and nothing is left behind.
 */
#include "fuzz.h"
#include "fuzz_request.h"

#include "server/body.h"

#include <string.h>

static void check_form(const struct request *request, const struct body *body)
{
    const uint8_t *at = request->body.data, *end = at + request->body.size;
    need(body->form.count && body->form.count <= MULTIPART_PARTS_MAX);
    for (size_t i = 0; i < body->form.count; i++) {
        const struct multipart_part *part = &body->form.parts[i];
        need(part->data >= at && part->data <= end && part->size <= (size_t)(end - part->data));
        need(memchr(part->name, 0, sizeof part->name) && part->name[0]);
        need(multipart_find(&body->form, part->name) == part);
        at = part->data + part->size;
    }
}

static void try_body(struct request *request)
{
    static const char *const fields[] = {"image", "name", "a", NULL};
    struct body body = {0};
    vultus_image *image = NULL;
    char room[VULTUS_NAME_MAX + 1];
    if (body_read(request, fields, &body)) {
        const char *name = body_text(&body, "name", room, sizeof room);
        need(!name || name != room || strlen(name) <= VULTUS_NAME_MAX);
        if (!body.json && body.form.count)
            check_form(request, &body);
        if (body_picture(request, &body, "image", &image))
            need(vultus_image_width(image) && vultus_image_height(image));
        else
            need(request->reply.status >= 400 && request->reply.code);
    } else {
        need(request->reply.status == 400 && request->reply.code);
    }
    vultus_image_free(image);
    body_clear(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_request(data, size, try_body);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "\x03--b\r\nContent-Disposition: form-data; name=\"image\"; "
        "filename=\"a.jpg\"\r\nContent-Type: "
        "image/jpeg\r\n\r\nbytes\r\n--b\r\ncontent-disposition: form-data; "
        "name=name\r\n\r\nAda\r\n--b--\r\n",
        "\x01{\"image\": \"/9j/4AAQSkZJRg==\", \"name\": \"Ada \\u00e9\", \"a\": [0.5, -1e-3]}",
        "\x02\x89PNG\r\n\x1a\n",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}

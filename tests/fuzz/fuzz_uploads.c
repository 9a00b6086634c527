/*
 * Many pictures of one body with their labels. The first byte says whether it is a form, JSON or a picture; a form's
 * boundary is "b". Every label can be stored, every picture lies inside the body, and nothing is left behind.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "server/reply.h"
#include "server/service.h"
#include "server/uploads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void try_uploads(struct request *request)
{
    struct uploads uploads = {0};
    vultus_image *image = NULL;
    vultus_error error = {0};
    if (uploads_read(request, &uploads)) {
        need(uploads.count && uploads.count <= UPLOADS_MAX);
        for (size_t i = 0; i < uploads.count; i++) {
            const struct upload *upload = &uploads.items[i];
            const uint8_t *at = upload->data, *body = request->body.data;
            need(!vultus_name_check(upload->label, NULL));
            need(uploads.body.json || (at >= body && at <= body + request->body.size &&
                                       upload->size <= (size_t)(body + request->body.size - at)));
            if (upload_picture(request, &uploads, i, &image, &error))
                need(error.code == VULTUS_ERR_FORMAT || error.code == VULTUS_ERR_LIMIT);
            vultus_image_free(image);
            image = NULL;
        }
    } else {
        need(request->reply.status == 400 && request->reply.code);
    }
    uploads_clear(&uploads);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"multipart/form-data; boundary=b", "application/json",
                                        "image/png"};
    static struct server server = {.options = {.max_body = 1 << 20}};
    struct request request = {.server = &server, .id = "0123456789abcdef", .deadline = UINT64_MAX};
    if (!size)
        return 0;
    json_setup();
    long live = mem_live();
    snprintf(request.content_type, sizeof request.content_type, "%s", types[data[0] % 3]);
    if (data[0] & 4)
        request.parameters.label = "Ada";
    buffer_init(&request.body, server.options.max_body);
    if (!buffer_append(&request.body, data + 1, size - 1, NULL))
        try_uploads(&request);
    buffer_clear(&request.body);
    buffer_clear(&request.reply.body);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "\x03--b\r\nContent-Disposition: form-data; name=\"Ada\"; "
        "filename=\"a.jpg\"\r\n\r\nbytes\r\n--b\r\n"
        "content-disposition: form-data; name=label\r\n\r\nBob\r\n--b\r\n"
        "content-disposition: form-data; name=image\r\n\r\nmore\r\n--b--\r\n",
        "\x01{\"labels\": {\"Ada\": [\"/9j/4AAQSkZJRg==\", \"\"], \"Bob\": []}}",
        "\x05\x89PNG\r\n\x1a\n",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}

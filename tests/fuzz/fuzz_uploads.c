/*
 * Many pictures of one body with their labels. Every label can be stored, every picture lies inside the body, and nothing
 * is left behind.
 */
#include "fuzz.h"
#include "fuzz_request.h"

#include "server/uploads.h"

#include <string.h>

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
    fuzz_request(data, size, try_uploads);
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

/*
 * WebP by libwebp: lossy, lossless, with transparency over white; of an animation the first frame.
 * Size and kind are taken from the header before memory is. Pictures with transparency are decoded
 * as RGBA into the memory of the picture and made RGB there, because a second copy of the largest
 * ones beside what libwebp takes itself would be more than a gigabyte.
 */
#include "image/image.h"
#include "base/memory.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

static vultus_status refuse(VP8StatusCode code, const char *name, vultus_error *error)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: /* newer libraries say so of damaged headers too */
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: damaged WebP, or one that needs more memory than there is", name);
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: damaged WebP: it ends too early; get a whole copy of it", name);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: an unusual kind of WebP is not read; convert it to JPEG or PNG",
                          name);
    default: return status_set(error, VULTUS_ERR_FORMAT, "%s: damaged WebP", name);
    }
}

/* RGBA to RGB over white, from the front, in place. */
static void flatten(uint8_t *pixels, size_t count)
{
    const uint8_t *from = pixels;
    uint8_t *to = pixels;
    for (size_t i = 0; i < count; i++, from += 4, to += 3) {
        unsigned alpha = from[3];
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    mem_wipe(to, count);
}

static vultus_status new_rgba(uint32_t width, uint32_t height, vultus_image **out,
                              vultus_error *error)
{
    vultus_image *image = image_shell();
    if (image) {
        image->width = width;
        image->height = height;
        image->stride = (size_t)4 * width;
        image->pixels = mem_aligned(height, image->stride);
    }
    if (!image || !image->pixels) {
        mem_free(image);
        return status_memory(error, "the pixels of a picture");
    }
    *out = image;
    return VULTUS_OK;
}

/* One picture without animation, whose size is known to be allowed. */
static vultus_status decode_still(const uint8_t *bytes, size_t size, const char *name,
                                  const WebPBitstreamFeatures *features, vultus_image **out,
                                  vultus_error *error)
{
    WebPDecoderConfig config;
    vultus_image *image = NULL;
    uint32_t width = (uint32_t)features->width, height = (uint32_t)features->height;
    if (!WebPInitDecoderConfig(&config))
        return status_set(error, VULTUS_ERR_INTERNAL, "libwebp is of another version");
    vultus_status status = features->has_alpha ? new_rgba(width, height, &image, error)
                                               : image_new(width, height, &image, error);
    if (status)
        return status;
    config.output.colorspace = features->has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = image->pixels;
    config.output.u.RGBA.stride = (int)image->stride;
    config.output.u.RGBA.size = image->stride * height;
    VP8StatusCode code = WebPDecode(bytes, size, &config);
    WebPFreeDecBuffer(&config.output);
    if (code != VP8_STATUS_OK) {
        vultus_image_free(image);
        return refuse(code, name, error);
    }
    if (features->has_alpha) {
        flatten(image->pixels, (size_t)width * height);
        image->stride = (size_t)3 * width;
    }
    *out = image;
    return VULTUS_OK;
}

/* A frame smaller than the animation, on white. */
static vultus_status lay_on_canvas(uint32_t width, uint32_t height, const WebPIterator *frame,
                                   vultus_image **image, vultus_error *error)
{
    vultus_image *canvas = NULL, *part = *image;
    uint32_t left = (uint32_t)frame->x_offset, top = (uint32_t)frame->y_offset;
    if (part->width == width && part->height == height)
        return VULTUS_OK;
    vultus_status status = image_new(width, height, &canvas, error);
    if (status)
        return status;
    memset(canvas->pixels, 255, canvas->stride * height);
    for (size_t y = 0; y < part->height && top + y < height && left < width; y++) {
        size_t row = part->width < width - left ? part->width : width - left;
        memcpy(canvas->pixels + (top + y) * canvas->stride + (size_t)3 * left,
               part->pixels + y * part->stride, 3 * row);
    }
    vultus_image_free(part);
    *image = canvas;
    return VULTUS_OK;
}

static vultus_status decode_first_frame(const uint8_t *bytes, size_t size, const char *name,
                                        size_t max_pixels, vultus_image **out, vultus_error *error)
{
    const WebPData data = {.bytes = bytes, .size = size};
    WebPBitstreamFeatures features;
    WebPIterator frame;
    WebPDemuxState state;
    vultus_image *image = NULL;
    vultus_status status;
    WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
    if (!demuxer)
        return refuse(VP8_STATUS_BITSTREAM_ERROR, name, error);
    if (!WebPDemuxGetFrame(demuxer, 1, &frame)) {
        WebPDemuxDelete(demuxer);
        return refuse(VP8_STATUS_NOT_ENOUGH_DATA, name, error);
    }
    uint32_t width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
    uint32_t height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
    VP8StatusCode code = WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features);
    if (code != VP8_STATUS_OK || features.has_animation)
        status = refuse(code ? code : VP8_STATUS_BITSTREAM_ERROR, name, error);
    else
        status = image_check_size((uint64_t)features.width, (uint64_t)features.height, max_pixels,
                                  name, error);
    if (!status)
        status =
            decode_still(frame.fragment.bytes, frame.fragment.size, name, &features, &image, error);
    if (!status)
        status = lay_on_canvas(width, height, &frame, &image, error);
    WebPDemuxReleaseIterator(&frame);
    WebPDemuxDelete(demuxer);
    if (status)
        vultus_image_free(image);
    else
        *out = image;
    return status;
}

vultus_status decode_webp(const uint8_t *bytes, size_t size, const char *name, size_t max_pixels,
                          vultus_image **out, vultus_error *error)
{
    WebPBitstreamFeatures features;
    VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
    if (code != VP8_STATUS_OK)
        return refuse(code, name, error);
    vultus_status status = image_check_size((uint64_t)features.width, (uint64_t)features.height,
                                            max_pixels, name, error);
    if (status)
        return status;
    return features.has_animation ? decode_first_frame(bytes, size, name, max_pixels, out, error)
                                  : decode_still(bytes, size, name, &features, out, error);
}

/*
 * See ffmpeg_picture.h. swscale knows what YUV means if it is told the matrix and the range; where a stream does
 * not say, small pictures are BT.601 and large ones BT.709, as players take it.
 */
#include "video/ffmpeg_picture.h"
#include "base/memory.h"

#define HEIGHT_709 720

struct shot {
    const struct ffmpeg *av;
    AVFrame *frame;
    struct upright shape;
};

struct converter {
    const struct ffmpeg *av;
    struct SwsContext *scaler, *told; /* told: the one that the colours below were told */
    int space, range;
};

void *ffmpeg_shot(const struct ffmpeg *av, AVFrame *frame, const struct upright *shape,
                  vultus_error *error)
{
    struct shot *shot = mem_alloc(sizeof *shot);
    AVFrame *kept = shot ? av->av_frame_alloc() : NULL;
    if (!kept) {
        mem_free(shot);
        (void)status_memory(error, "a frame of a video");
        return NULL;
    }
    av->av_frame_move_ref(kept, frame);
    *shot = (struct shot){av, kept, *shape};
    if (kept->sample_aspect_ratio.num > 0) {
        shot->shape.pixel_width = kept->sample_aspect_ratio.num;
        shot->shape.pixel_height = kept->sample_aspect_ratio.den;
    }
    return shot;
}

void ffmpeg_drop(struct source_shot *shot)
{
    struct shot *mine = shot->data;
    if (mine)
        mine->av->av_frame_free(&mine->frame);
    mem_free(mine);
    shot->data = NULL;
}

void ffmpeg_forget(void *room)
{
    struct converter *converter = room;
    if (converter)
        converter->av->sws_freeContext(converter->scaler);
    mem_free(converter);
}

/* The names with "J" are the same layouts with the full range. */
static enum AVPixelFormat plain_format(int format, int *range)
{
    static const enum AVPixelFormat pairs[][2] = {{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P},
                                                  {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
                                                  {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P},
                                                  {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (format == (int)pairs[i][0]) {
            *range = 1;
            return pairs[i][1];
        }
    return (enum AVPixelFormat)format;
}

static bool prepare(struct converter *converter, const AVFrame *frame, int width)
{
    const struct ffmpeg *av = converter->av;
    int range = frame->color_range == AVCOL_RANGE_JPEG, space = (int)frame->colorspace;
    enum AVPixelFormat format = plain_format(frame->format, &range);
    converter->scaler =
        av->sws_getCachedContext(converter->scaler, frame->width, frame->height, format, width,
                                 frame->height, AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL, NULL, NULL);
    if (!converter->scaler)
        return false;
    if (space == AVCOL_SPC_UNSPECIFIED)
        space = frame->height >= HEIGHT_709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    if (converter->told == converter->scaler && converter->space == space &&
        converter->range == range)
        return true;
    /* Fails for what has no YUV; then there is nothing to tell. */
    (void)av->sws_setColorspaceDetails(converter->scaler, av->sws_getCoefficients(space), range,
                                       av->sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                                       1 << 16);
    converter->told = converter->scaler;
    converter->space = space;
    converter->range = range;
    return true;
}

/* swscale's loops write whole groups of pixels: rows have room for them. */
static vultus_status new_padded(uint32_t width, uint32_t height, vultus_image **out,
                                vultus_error *error)
{
    size_t stride =
        (((size_t)width + 15) / 16 * 48 + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
    vultus_status status = image_check_size(width, height, VULTUS_PIXELS_MAX, "frame", error);
    if (status)
        return status;
    vultus_image *image = image_shell();
    uint8_t *pixels = image ? mem_aligned(height, stride) : NULL;
    if (!pixels) {
        mem_free(image);
        return status_memory(error, "a frame of a video");
    }
    image->width = width;
    image->height = height;
    image->stride = stride;
    image->pixels = pixels;
    *out = image;
    return VULTUS_OK;
}

static vultus_status convert(struct converter *converter, const struct shot *shot,
                             vultus_image **out, vultus_error *error)
{
    const AVFrame *frame = shot->frame;
    vultus_image *image = NULL;
    int width = upright_width(&shot->shape, frame->width);
    if (!prepare(converter, frame, width))
        return status_set(error, VULTUS_ERR_FORMAT,
                          "a frame of a video: %d x %d pixels of a kind that is not known",
                          frame->width, frame->height);
    vultus_status status = new_padded((uint32_t)width, (uint32_t)frame->height, &image, error);
    if (status)
        return status;
    uint8_t *planes[4] = {image->pixels};
    int strides[4] = {(int)image->stride};
    int rows = converter->av->sws_scale(converter->scaler, (const uint8_t *const *)frame->data,
                                        frame->linesize, 0, frame->height, planes, strides);
    status = rows == frame->height
                 ? image_orient(image, shot->shape.orientation, error)
                 : status_set(error, VULTUS_ERR_INTERNAL, "a frame of a video: %d rows of %d", rows,
                              frame->height);
    if (status)
        vultus_image_free(image);
    else
        *out = image;
    return status;
}

vultus_status ffmpeg_develop(void **room, struct source_shot *shot, vultus_image **out,
                             vultus_error *error)
{
    struct shot *mine = shot->data;
    if (!*room)
        *room = mem_zalloc(1, sizeof(struct converter));
    struct converter *converter = *room;
    if (converter)
        converter->av = mine->av;
    vultus_status status = converter ? convert(converter, mine, out, error)
                                     : status_memory(error, "frames of a video");
    ffmpeg_drop(shot);
    return status;
}

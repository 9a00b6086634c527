/*
 * Films by FFmpeg: H.264 where an encoder for it is there, else MPEG-4 Part 2, which every FFmpeg has; BT.709 colours
 * at half resolution, as players expect. The index comes first in the file (faststart), so that it plays while it
 * is still loading. FFmpeg writes to the temporary file of base/file.h.
 */
#include "video/ffmpeg_library.h"
#include "video/sink.h"
#include "base/file.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BASE                                                                                       \
    60000 /* ticks a second: whole ones for the usual rates, and MPEG-4 has at most 65535 */
#define RATE 25
#define RATE_MAX 1000
#define THREADS 2
#define KEY_SECONDS 2 /* between frames that a player can jump to */
#define QUALITY "21"  /* of x264: 0 the best .. 51 */
#define QUANTISER 4   /* of MPEG-4: 1 the best .. 31 */

struct sink {
    const struct ffmpeg *av;
    AVFormatContext *context;
    AVCodecContext *encoder;
    AVStream *stream;
    AVPacket *packet;
    AVFrame *frame;
    struct SwsContext *scaler, *told;
    struct file_replacement file;
    int64_t first, last; /* ticks */
    uint64_t frames;
    char name[FILE_PATH_MAX];
};

/* The first that is there is taken. */
static const char *const encoders[] = {"libx264", "libopenh264", "mpeg4"};

const char *sink_encoder(const struct sink *sink)
{
    return sink->encoder->codec->name;
}

static vultus_status fail(const struct sink *sink, int code, vultus_error *error)
{
    return ffmpeg_fail(code, file_shown(sink->name), "writing the film", error);
}

static void free_sink(struct sink *sink)
{
    const struct ffmpeg *av = sink->av;
    if (av) {
        if (sink->context)
            (void)av->avio_closep(&sink->context->pb);
        av->avformat_free_context(sink->context);
        av->avcodec_free_context(&sink->encoder);
        av->av_packet_free(&sink->packet);
        av->av_frame_free(&sink->frame);
        av->sws_freeContext(sink->scaler);
    }
    file_replace_abort(&sink->file);
    mem_free(sink);
}

static int set_encoder(struct sink *sink, const struct sink_options *options, const AVCodec *codec)
{
    double rate = options->rate > 0 && options->rate <= RATE_MAX ? options->rate : RATE;
    AVCodecContext *encoder = sink->encoder;
    encoder->width = (int)(options->width & ~1u);
    encoder->height = (int)(options->height & ~1u);
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = (AVRational){1, BASE};
    encoder->framerate = (AVRational){(int)lround(rate * 1000), 1000};
    encoder->gop_size = (int)ceil(rate * KEY_SECONDS);
    encoder->thread_count = options->threads ? (int)options->threads : THREADS;
    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->colorspace = AVCOL_SPC_BT709;
    encoder->color_primaries = AVCOL_PRI_BT709;
    encoder->color_trc = AVCOL_TRC_BT709;
    if (sink->context->oformat->flags & AVFMT_GLOBALHEADER)
        encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (codec->id == AV_CODEC_ID_MPEG4) {
        encoder->flags |= AV_CODEC_FLAG_QSCALE;
        encoder->global_quality = QUANTISER * FF_QP2LAMBDA;
    } else { /* what an encoder does not have, it passes over */
        (void)sink->av->av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
        (void)sink->av->av_opt_set(encoder->priv_data, "crf", QUALITY, 0);
    }
    return sink->av->avcodec_open2(encoder, codec, NULL);
}

static vultus_status open_encoder(struct sink *sink, const struct sink_options *options,
                                  vultus_error *error)
{
    const struct ffmpeg *av = sink->av;
    int code = AVERROR_ENCODER_NOT_FOUND;
    for (size_t i = 0; code < 0 && i < sizeof encoders / sizeof *encoders; i++) {
        const AVCodec *codec = av->avcodec_find_encoder_by_name(encoders[i]);
        if (!codec)
            continue;
        av->avcodec_free_context(&sink->encoder);
        sink->encoder = av->avcodec_alloc_context3(codec);
        code = sink->encoder ? set_encoder(sink, options, codec) : AVERROR(ENOMEM);
    }
    if (code < 0)
        return fail(sink, code, error);
    sink->stream = av->avformat_new_stream(sink->context, NULL);
    if (!sink->stream)
        return status_memory(error, "a film");
    sink->stream->time_base = sink->encoder->time_base;
    sink->stream->avg_frame_rate = sink->encoder->framerate;
    code = av->avcodec_parameters_from_context(sink->stream->codecpar, sink->encoder);
    return code < 0 ? fail(sink, code, error) : VULTUS_OK;
}

static vultus_status open_frame(struct sink *sink, vultus_error *error)
{
    const struct ffmpeg *av = sink->av;
    sink->packet = av->av_packet_alloc();
    sink->frame = av->av_frame_alloc();
    if (!sink->packet || !sink->frame)
        return status_memory(error, "a film");
    sink->frame->format = AV_PIX_FMT_YUV420P;
    sink->frame->width = sink->encoder->width;
    sink->frame->height = sink->encoder->height;
    sink->frame->color_range = AVCOL_RANGE_MPEG;
    sink->frame->colorspace = AVCOL_SPC_BT709;
    int code = av->av_frame_get_buffer(sink->frame, 0);
    return code < 0 ? fail(sink, code, error) : VULTUS_OK;
}

static vultus_status write_header(struct sink *sink, vultus_error *error)
{
    const struct ffmpeg *av = sink->av;
    AVDictionary *options = NULL;
    int code = av->avio_open(&sink->context->pb, sink->context->url, AVIO_FLAG_WRITE);
    if (code >= 0)
        code = av->av_dict_set(&options, "movflags", "faststart", 0);
    sink->context->flags |= AVFMT_FLAG_BITEXACT; /* the same film is the same bytes */
    if (code >= 0)
        code = av->avformat_write_header(sink->context, &options);
    av->av_dict_free(&options);
    return code < 0 ? fail(sink, code, error) : VULTUS_OK;
}

static vultus_status begin_file(struct sink *sink, const char *path, vultus_error *error)
{
    char url[FILE_PATH_MAX + 8];
    vultus_status status = file_replace_begin(path, false, &sink->file, error);
    if (status) {
        sink->file = (struct file_replacement){.fd = -1};
        return status;
    }
    if (!sink->file.temporary[0])
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: a film is written to a file: its index goes to the front at the end",
                          file_shown(path));
    (void)snprintf(url, sizeof url, "file:%s", sink->file.temporary);
    int code =
        sink->av->avformat_alloc_output_context2(&sink->context, NULL, sink_format(path), url);
    return code < 0 ? fail(sink, code, error) : VULTUS_OK;
}

vultus_status sink_open(const char *path, const struct sink_options *options, struct sink **out,
                        vultus_error *error)
{
    if (!sink_format(path))
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: films end in .mp4, .mov or .mkv",
                          file_shown(path));
    if (options->width < 2 || options->height < 2)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: a film of %u x %u pixels",
                          file_shown(path), options->width, options->height);
    struct sink *sink = mem_zalloc(1, sizeof *sink);
    if (!sink)
        return status_memory(error, "a film");
    sink->file.fd = -1;
    (void)snprintf(sink->name, sizeof sink->name, "%s", path);
    sink->av = ffmpeg_load(error);
    vultus_status status = sink->av ? begin_file(sink, path, error) : VULTUS_ERR_NOT_FOUND;
    if (!status)
        status = open_encoder(sink, options, error);
    if (!status)
        status = open_frame(sink, error);
    if (!status)
        status = write_header(sink, error);
    if (status) {
        free_sink(sink);
        return status;
    }
    *out = sink;
    return VULTUS_OK;
}

static vultus_status convert(struct sink *sink, const vultus_image *image, vultus_error *error)
{
    const struct ffmpeg *av = sink->av;
    bool same = (image->width & ~1u) == (uint32_t)sink->frame->width &&
                (image->height & ~1u) == (uint32_t)sink->frame->height;
    int width = same ? sink->frame->width : (int)image->width;
    int height = same ? sink->frame->height : (int)image->height;
    int code = av->av_frame_make_writable(sink->frame);
    if (code < 0)
        return fail(sink, code, error);
    sink->scaler = av->sws_getCachedContext(sink->scaler, width, height, AV_PIX_FMT_RGB24,
                                            sink->frame->width, sink->frame->height,
                                            AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (!sink->scaler)
        return status_memory(error, "a film");
    if (sink->told != sink->scaler)
        (void)av->sws_setColorspaceDetails(sink->scaler, av->sws_getCoefficients(SWS_CS_DEFAULT), 1,
                                           av->sws_getCoefficients(AVCOL_SPC_BT709), 0, 0, 1 << 16,
                                           1 << 16);
    sink->told = sink->scaler;
    const uint8_t *planes[4] = {image->pixels};
    int strides[4] = {(int)image->stride};
    (void)av->sws_scale(sink->scaler, planes, strides, 0, height, sink->frame->data,
                        sink->frame->linesize);
    return VULTUS_OK;
}

/* One frame, or NULL: what the encoder still has. */
static vultus_status encode(struct sink *sink, const AVFrame *frame, vultus_error *error)
{
    const struct ffmpeg *av = sink->av;
    int code = av->avcodec_send_frame(sink->encoder, frame);
    while (code >= 0) {
        code = av->avcodec_receive_packet(sink->encoder, sink->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return VULTUS_OK;
        if (code < 0)
            break;
        av->av_packet_rescale_ts(sink->packet, sink->encoder->time_base, sink->stream->time_base);
        sink->packet->stream_index = sink->stream->index;
        code = av->av_interleaved_write_frame(sink->context, sink->packet);
    }
    return fail(sink, code, error);
}

vultus_status sink_write(struct sink *sink, const vultus_image *image, int64_t time,
                         vultus_error *error)
{
    int64_t ticks = time / 1000000 * BASE + time % 1000000 * BASE / 1000000;
    vultus_status status = convert(sink, image, error);
    if (status)
        return status;
    if (!sink->frames++)
        sink->first = ticks;
    else if (ticks - sink->first <= sink->last)
        ticks = sink->first + sink->last + 1;
    sink->last = ticks - sink->first;
    sink->frame->pts = sink->last;
    return encode(sink, sink->frame, error);
}

vultus_status sink_commit(struct sink *sink, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (!sink->frames)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "%s: a film without a frame",
                            file_shown(sink->name));
    if (!status)
        status = encode(sink, NULL, error);
    int code = status ? 0 : sink->av->av_write_trailer(sink->context);
    if (code >= 0 && !status)
        code = sink->av->avio_closep(&sink->context->pb);
    if (code < 0)
        status = fail(sink, code, error);
    if (!status)
        status = file_replace_commit(&sink->file, error);
    if (!status)
        sink->file.temporary[0] = '\0'; /* it has its name now */
    free_sink(sink);
    return status;
}

void sink_abort(struct sink *sink)
{
    if (sink)
        free_sink(sink);
}

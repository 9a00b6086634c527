/*
 * Everything that FFmpeg demuxes and decodes: files, encoded streams, cameras and playlists in the network.
 * Packets that are damaged are passed over, as players do; a source in which no frame can be decoded, or that has
 * become nothing but damage, ends with a message. Sound is never decoded.
 */
#include "video/ffmpeg_input.h"
#include "video/ffmpeg_picture.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

#define PIXELS_MAX 40000000 /* of a frame: 8K has 33 million */
#define DAMAGED_MAX 1000    /* packets in a row that cannot be decoded */
#define BEHIND 300000       /* microseconds: a live decoder leaves out what no other frame needs */
#define FAR_BEHIND 2000000  /* and now all but key frames */
#define RATE_GUESSED 25

struct video {
    struct ffmpeg_input input;
    AVCodecContext *decoder;
    AVStream *stream;
    AVPacket *packet;
    AVFrame *frame;
    struct upright shape;
    int64_t first, last; /* microseconds: what is taken off, and the time of the frame before */
    int64_t period;
    unsigned damaged;
    bool begun, draining;
};

static const struct ffmpeg *library_of(const struct video *video)
{
    return video->input.av;
}

static const int32_t *display_matrix(const AVStream *stream)
{
#if LIBAVCODEC_VERSION_MAJOR >= 61
    const AVPacketSideData *data = stream->codecpar->coded_side_data;
    int count = stream->codecpar->nb_coded_side_data;
#else
    const AVPacketSideData *data = stream->side_data;
    int count = stream->nb_side_data;
#endif
    for (int i = 0; i < count; i++)
        if (data[i].type == AV_PKT_DATA_DISPLAYMATRIX && data[i].size >= 9 * sizeof(int32_t))
            return (const int32_t *)(const void *)data[i].data;
    return NULL;
}

static vultus_status choose_stream(struct video *video, vultus_error *error)
{
    AVFormatContext *context = video->input.context;
    int index =
        library_of(video)->av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (index < 0)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: has no video", video->input.name);
    for (unsigned i = 0; i < context->nb_streams; i++)
        context->streams[i]->discard = (int)i == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    video->stream = context->streams[index];
    const int32_t *matrix = display_matrix(video->stream);
    video->shape.orientation = matrix ? upright_orientation(matrix) : 1;
    AVRational pixel = video->stream->sample_aspect_ratio.num > 0
                           ? video->stream->sample_aspect_ratio
                           : video->stream->codecpar->sample_aspect_ratio;
    video->shape.pixel_width = pixel.num;
    video->shape.pixel_height = pixel.den;
    return VULTUS_OK;
}

static vultus_status open_decoder(struct video *video, unsigned threads, vultus_error *error)
{
    const struct ffmpeg *av = library_of(video);
    const AVCodecParameters *parameters = video->stream->codecpar;
    const AVCodec *codec = av->avcodec_find_decoder(parameters->codec_id);
    AVDictionary *options = NULL;
    if (!codec)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: no decoder for its video",
                          video->input.name);
    video->decoder = av->avcodec_alloc_context3(codec);
    int code = video->decoder ? av->avcodec_parameters_to_context(video->decoder, parameters)
                              : AVERROR(ENOMEM);
    if (code >= 0)
        code = av->av_dict_set(&options, "codec_whitelist", ffmpeg_codecs, 0);
    if (code >= 0) {
        video->decoder->max_pixels = PIXELS_MAX;
        video->decoder->thread_count = (int)threads;
        video->decoder->pkt_timebase = video->stream->time_base;
        if (video->input.remote) { /* threads that work on a frame each hold frames back */
            video->decoder->thread_type = FF_THREAD_SLICE;
            video->decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
        }
        code = av->avcodec_open2(video->decoder, codec, &options);
    }
    av->av_dict_free(&options);
    return code < 0 ? ffmpeg_fail(code, video->input.name, "its video cannot be decoded", error)
                    : VULTUS_OK;
}

static void tell_facts(struct video *video, struct source_facts *facts)
{
    const AVFormatContext *context = video->input.context;
    AVRational rate =
        library_of(video)->av_guess_frame_rate(video->input.context, video->stream, NULL);
    int width = video->stream->codecpar->width, height = video->stream->codecpar->height;
    upright_size(&video->shape, &width, &height);
    if (width > 0 && height > 0) {
        facts->width = (uint32_t)width;
        facts->height = (uint32_t)height;
    }
    if (rate.num > 0 && rate.den > 0)
        facts->rate = (double)rate.num / rate.den;
    if (context->duration > 0 && context->duration != AV_NOPTS_VALUE)
        facts->duration = context->duration; /* AV_TIME_BASE is a million */
    facts->frames = video->stream->nb_frames > 0
                        ? (uint64_t)video->stream->nb_frames
                        : (uint64_t)((double)facts->duration / 1e6 * facts->rate + 0.5);
    facts->live = video->input.remote && (video->input.paced || !facts->duration);
    facts->kind = video->input.remote ? "stream" : "file";
    video->period = (int64_t)(1e6 / (facts->rate > 0 ? facts->rate : RATE_GUESSED));
}

static void close_video(void *self)
{
    struct video *video = self;
    const struct ffmpeg *av = library_of(video);
    if (av) {
        av->av_packet_free(&video->packet);
        av->av_frame_free(&video->frame);
        av->avcodec_free_context(&video->decoder);
        ffmpeg_input_close(&video->input);
    }
    mem_free(video);
}

static vultus_status open_video(const char *address, const struct source_terms *terms, void **out,
                                struct source_facts *facts, vultus_error *error)
{
    struct video *video = mem_zalloc(1, sizeof *video);
    if (!video)
        return status_memory(error, "a video");
    vultus_status status = ffmpeg_input_open(&video->input, address, terms, error);
    if (!status)
        status = choose_stream(video, error);
    if (!status)
        status = open_decoder(video, terms->threads, error);
    if (!status) {
        video->packet = library_of(video)->av_packet_alloc();
        video->frame = library_of(video)->av_frame_alloc();
        if (!video->packet || !video->frame)
            status = status_memory(error, "a video");
    }
    if (status) {
        close_video(video);
        return status;
    }
    tell_facts(video, facts);
    *out = video;
    return VULTUS_OK;
}

/* From the first frame on, never backwards: where the clock of a recording jumps back, it goes on. */
static int64_t time_of(struct video *video)
{
    int64_t stamp = video->frame->best_effort_timestamp;
    AVRational base = video->stream->time_base, micro = {1, 1000000};
    int64_t time = stamp == AV_NOPTS_VALUE
                       ? video->first + video->last + (video->begun ? video->period : 0)
                       : library_of(video)->av_rescale_q(stamp, base, micro);
    if (!video->begun)
        video->first = time;
    else if (time - video->first <= video->last)
        video->first = time - video->last - video->period;
    video->begun = true;
    video->last = time - video->first;
    return video->last;
}

static bool is_key(const AVFrame *frame)
{
#ifdef AV_FRAME_FLAG_KEY
    return frame->flags & AV_FRAME_FLAG_KEY;
#else
    return frame->key_frame;
#endif
}

static vultus_status count_damage(struct video *video, int code, vultus_error *error)
{
    if (code == AVERROR(ENOMEM))
        return ffmpeg_input_fail(&video->input, code, "decoding it", error);
    if (++video->damaged < DAMAGED_MAX)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_FORMAT, "%s: is damaged: %d packets in a row say nothing",
                      video->input.name, DAMAGED_MAX);
}

/* Gives the decoder one more packet, or the news that there is none. */
static vultus_status feed(struct video *video, vultus_error *error)
{
    const struct ffmpeg *av = library_of(video);
    int code;
    do {
        av->av_packet_unref(video->packet);
        code = av->av_read_frame(video->input.context, video->packet);
        if (patience_over(&video->input.patience) || (code < 0 && video->input.silent))
            return patience_why(&video->input.patience, video->input.name, error);
    } while (code >= 0 && (video->packet->stream_index != video->stream->index ||
                           !video->packet->size)); /* of no bytes: nothing new is to be seen */
    if (code == AVERROR_EOF || (code < 0 && !video->input.remote && code != AVERROR(ENOMEM))) {
        video->draining = true; /* what cannot be read of a file is its end */
        code = av->avcodec_send_packet(video->decoder, NULL);
        return code == AVERROR(ENOMEM) ? count_damage(video, code, error) : VULTUS_OK;
    }
    if (code < 0)
        return ffmpeg_input_fail(&video->input, code, "reading it", error);
    code = av->avcodec_send_packet(video->decoder, video->packet);
    av->av_packet_unref(video->packet);
    return code < 0 ? count_damage(video, code, error) : VULTUS_OK;
}

static vultus_status read_video(void *self, struct source_shot *out, vultus_error *error)
{
    struct video *video = self;
    vultus_status status = VULTUS_OK;
    *out = (struct source_shot){0};
    patience_begin(&video->input.patience);
    while (!status) {
        int code = library_of(video)->avcodec_receive_frame(video->decoder, video->frame);
        if (code >= 0)
            break;
        if (code == AVERROR_EOF)
            return video->begun
                       ? VULTUS_OK
                       : status_set(error, VULTUS_ERR_FORMAT, "%s: no frame of it can be decoded",
                                    video->input.name);
        status = code == AVERROR(EAGAIN) && !video->draining ? feed(video, error)
                                                             : count_damage(video, code, error);
    }
    if (status)
        return status;
    video->damaged = 0;
    out->key = is_key(video->frame);
    out->time = time_of(video);
    out->arrived = clock_ns();
    out->data = ffmpeg_shot(library_of(video), video->frame, &video->shape, error);
    return out->data ? VULTUS_OK : VULTUS_ERR_MEMORY;
}

static void hurry_video(void *self, int64_t behind)
{
    struct video *video = self;
    video->decoder->skip_frame = behind > FAR_BEHIND ? AVDISCARD_NONKEY
                                 : behind > BEHIND   ? AVDISCARD_NONREF
                                                     : AVDISCARD_DEFAULT;
}

const struct source_kind source_ffmpeg = {.name = "file",
                                          .open = open_video,
                                          .read = read_video,
                                          .hurry = hurry_video,
                                          .close = close_video,
                                          .develop = ffmpeg_develop,
                                          .forget = ffmpeg_forget,
                                          .drop = ffmpeg_drop};

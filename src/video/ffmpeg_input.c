/*
 * See ffmpeg_input.h. Local files are opened here and FFmpeg gets their bytes only: it opens no file by itself,
 * whatever a container or a playlist refers to. Remote addresses may use the few protocols of the list; a
 * playlist leads to nothing else. Every read ends at its deadline.
 */
#define _GNU_SOURCE
#include "video/ffmpeg_input.h"
#include "video/source_address.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER (64 << 10)
#define STREAMS_MAX "64"
#define PROBE_BYTES "5000000"
#define PROBE_LOCAL "5000000" /* microseconds of a file that are looked at to know its streams */
#define PROBE_REMOTE "1000000"

#define FORMATS "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,ivf,mxf,yuv4mpegpipe,mjpeg,mpjpeg,"
static const char formats_local[] = FORMATS "jpeg_pipe,h264,hevc,m4v,mpegvideo,obu";
static const char formats_remote[] = FORMATS "h264,hevc,rtsp,hls,aac,mp3,ac3,eac3,webvtt";
static const char protocols[] = "rtsp,http,https,httpproxy,tcp,tls,crypto";
static const char *const schemes[] = {"rtsp", "rtsps", "http", "https"};

const char *const ffmpeg_codecs =
    "h264,hevc,mpeg4,mpeg2video,mpeg1video,mjpeg,vp8,vp9,av1,libdav1d,libaom-av1,theora,h263,flv,"
    "msmpeg4v2,msmpeg4,wmv1,wmv2,wmv3,vc1,prores,dvvideo,dnxhd,ffv1,rawvideo";

static int interrupted(void *opaque)
{
    return patience_over(&((struct ffmpeg_input *)opaque)->patience);
}

static int read_bytes(void *opaque, uint8_t *out, int size)
{
    struct ffmpeg_input *input = opaque;
    long got = patience_read(&input->patience, input->fd, out, (size_t)size);
    if (got > 0)
        return (int)got;
    input->silent |= got == -1;
    return got == 0 ? AVERROR_EOF : got == -1 ? AVERROR_EXIT : AVERROR(errno);
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    const struct ffmpeg_input *input = opaque;
    struct stat info;
    if (whence & AVSEEK_SIZE)
        return fstat(input->fd, &info) ? AVERROR(errno) : info.st_size;
    off_t at = lseek(input->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

static int refuse_open(AVFormatContext *context, AVIOContext **io, const char *url, int flags,
                       AVDictionary **options)
{
    (void)context, (void)io, (void)url, (void)flags, (void)options;
    return AVERROR(EACCES);
}

static vultus_status open_local(struct ffmpeg_input *input, const char *address,
                                vultus_error *error)
{
    struct stat info;
    bool standard = !strcmp(address, "-");
    /* A pipe would be waited for until somebody writes to it. */
    input->fd =
        standard ? STDIN_FILENO : open(address, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (input->fd < 0 || fstat(input->fd, &info))
        return status_set(error, VULTUS_ERR_IO, "%s: %s", input->name, strerror(errno));
    input->own = !standard;
    input->regular = S_ISREG(info.st_mode);
    if (input->regular && !info.st_size)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: is empty", input->name);
    uint8_t *buffer = input->av->av_malloc(BUFFER);
    input->io = buffer ? input->av->avio_alloc_context(buffer, BUFFER, 0, input, read_bytes, NULL,
                                                       input->regular ? seek_bytes : NULL)
                       : NULL;
    if (!input->io) {
        input->av->av_free(buffer);
        return status_memory(error, "reading a video");
    }
    return VULTUS_OK;
}

static vultus_status check_remote(const struct ffmpeg_input *input, const char *address,
                                  vultus_error *error)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (address_has_scheme(address, schemes[i]))
            return VULTUS_OK;
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "%s: sources in the network are rtsp://, rtsps://, http:// and https://",
                      input->name);
}

struct setting {
    const char *name, *value;
};

static const struct setting always[] = {{"max_streams", STREAMS_MAX}, {"probesize", PROBE_BYTES}};
static const struct setting local[] = {{"format_whitelist", formats_local},
                                       {"protocol_whitelist", "none"},
                                       {"analyzeduration", PROBE_LOCAL}};
static const struct setting remote[] = {{"format_whitelist", formats_remote},
                                        {"protocol_whitelist", protocols},
                                        {"analyzeduration", PROBE_REMOTE},
                                        {"rtsp_transport", "tcp"},
                                        {"fpsprobesize", "0"}};

static bool set_all(const struct ffmpeg *av, AVDictionary **options, const struct setting *settings,
                    size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = av->av_dict_set(options, settings[i].name, settings[i].value, 0) >= 0 && good;
    return good;
}

static bool make_options(const struct ffmpeg_input *input, AVDictionary **options)
{
    const struct ffmpeg *av = input->av;
    bool good = set_all(av, options, always, sizeof always / sizeof *always) &&
                av->av_dict_set(options, "codec_whitelist", ffmpeg_codecs, 0) >= 0;
    return good && (input->remote ? set_all(av, options, remote, sizeof remote / sizeof *remote)
                                  : set_all(av, options, local, sizeof local / sizeof *local));
}

vultus_status ffmpeg_input_fail(struct ffmpeg_input *input, int code, const char *what,
                                vultus_error *error)
{
    if (code == AVERROR(ENOMEM)) /* far more often a damaged size than a full machine */
        return status_set(error, VULTUS_ERR_LIMIT, "%s: %s: it asks for more memory than there is",
                          input->name, what);
    if (patience_over(&input->patience))
        return patience_why(&input->patience, input->name, error);
    return ffmpeg_fail(code, input->name, what, error);
}

static vultus_status open_context(struct ffmpeg_input *input, const char *address,
                                  vultus_error *error)
{
    const struct ffmpeg *av = input->av;
    AVDictionary *options = NULL;
    AVFormatContext *context = av->avformat_alloc_context();
    if (!context || !make_options(input, &options)) {
        av->avformat_free_context(context);
        av->av_dict_free(&options);
        return status_memory(error, "opening a video");
    }
    context->interrupt_callback = (AVIOInterruptCB){interrupted, input};
    if (input->io) {
        context->pb = input->io;
        context->io_open = refuse_open;
    }
    /* A name with a known ending would be a hint that hostile files need not follow. */
    int code = av->avformat_open_input(&context, input->io ? "" : address, NULL, &options);
    av->av_dict_free(&options);
    if (code < 0) /* the context is gone */
        return ffmpeg_input_fail(input, code, "no video that can be read", error);
    input->context = context;
    code = av->avformat_find_stream_info(context, NULL);
    return code < 0 ? ffmpeg_input_fail(input, code, "no video that can be read", error)
                    : VULTUS_OK;
}

void ffmpeg_input_close(struct ffmpeg_input *input)
{
    if (input->context)
        input->av->avformat_close_input(&input->context);
    if (input->io) {
        input->av->av_freep(&input->io->buffer);
        input->av->avio_context_free(&input->io);
    }
    if (input->own)
        close(input->fd);
    input->own = false;
}

vultus_status ffmpeg_input_open(struct ffmpeg_input *input, const char *address,
                                const struct source_terms *terms, vultus_error *error)
{
    *input = (struct ffmpeg_input){.av = ffmpeg_load(error), .fd = -1, .patience = terms->patience};
    if (!input->av)
        return VULTUS_ERR_NOT_FOUND;
    memcpy(input->name, terms->name, strlen(terms->name) + 1);
    input->remote = address_is_remote(address);
    input->paced = address_has_scheme(address, "rtsp") || address_has_scheme(address, "rtsps");
    patience_begin(&input->patience);
    vultus_status status =
        input->remote ? check_remote(input, address, error) : open_local(input, address, error);
    if (!status)
        status = open_context(input, address, error);
    if (status)
        ffmpeg_input_close(input);
    return status;
}

/*
 * FFmpeg's libraries, loaded when the first video is opened: linking them would bring more than 100 libraries into
 * every process and 50 ms before its first line. Their headers are those of the machine that built vultus, and only
 * libraries of these major versions are loaded. The headers are included here and nowhere else.
 */
#ifndef VIDEO_FFMPEG_LIBRARY_H
#define VIDEO_FFMPEG_LIBRARY_H

#include "base/status.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#define FFMPEG_UTIL(X)                                                                             \
    X(av_dict_free)                                                                                \
    X(av_dict_set)                                                                                 \
    X(av_frame_alloc)                                                                              \
    X(av_frame_free)                                                                               \
    X(av_frame_get_buffer) X(av_frame_get_side_data) X(av_frame_make_writable)                     \
        X(av_frame_move_ref) X(av_frame_unref) X(av_free) X(av_freep) X(av_log_set_level)          \
            X(av_malloc) X(av_opt_set) X(av_rescale_q) X(av_strerror) X(av_version_info)
#define FFMPEG_CODEC(X)                                                                            \
    X(av_packet_alloc)                                                                             \
    X(av_packet_free)                                                                              \
    X(av_packet_rescale_ts)                                                                        \
    X(av_packet_unref)                                                                             \
    X(avcodec_alloc_context3) X(avcodec_find_decoder) X(avcodec_find_encoder)                      \
        X(avcodec_find_encoder_by_name) X(avcodec_free_context) X(avcodec_open2)                   \
            X(avcodec_parameters_from_context) X(avcodec_parameters_to_context)                    \
                X(avcodec_receive_frame) X(avcodec_receive_packet) X(avcodec_send_frame)           \
                    X(avcodec_send_packet)
#define FFMPEG_FORMAT(X)                                                                           \
    X(av_find_best_stream)                                                                         \
    X(av_guess_frame_rate)                                                                         \
    X(av_interleaved_write_frame)                                                                  \
    X(av_read_frame)                                                                               \
    X(av_write_trailer) X(avformat_alloc_context) X(avformat_alloc_output_context2)                \
        X(avformat_close_input) X(avformat_find_stream_info) X(avformat_free_context)              \
            X(avformat_new_stream) X(avformat_open_input) X(avformat_write_header)                 \
                X(avio_alloc_context) X(avio_closep) X(avio_context_free) X(avio_open)
#define FFMPEG_SCALE(X)                                                                            \
    X(sws_freeContext)                                                                             \
    X(sws_getCachedContext) X(sws_getCoefficients) X(sws_scale) X(sws_setColorspaceDetails)

#define FFMPEG_SLOT(name) __typeof__(&name) name;
struct ffmpeg {
    FFMPEG_UTIL(FFMPEG_SLOT)
    FFMPEG_CODEC(FFMPEG_SLOT)
    FFMPEG_FORMAT(FFMPEG_SLOT)
    FFMPEG_SCALE(FFMPEG_SLOT)
};

/* The functions of FFmpeg, or NULL and NOT_FOUND with a message that says what to install. From any thread. */
const struct ffmpeg *ffmpeg_load(vultus_error *error);

/* The status and the line of an FFmpeg error; END and AGAIN are no errors and not for here. */
vultus_status ffmpeg_fail(int code, const char *name, const char *what, vultus_error *error);

#endif

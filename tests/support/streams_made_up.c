/* See streams_made_up.h. Formats: RIFF and AVI (Microsoft, 1992), RFC 8794 and 9559, ISO/IEC 14496-10 and 13818-1. */
#include "streams_made_up.h"
#include "support.h"
#include "pictures.h"

#include <string.h>

#define TS_PACKET 188
#define TS_PMT 0x100
#define TS_VIDEO 0x101

static void put(struct buffer *out, const void *bytes, size_t size)
{
    vultus_error error = {0};
    assert_ok(buffer_append(out, bytes, size, &error), &error);
}

static void put_number(struct buffer *out, uint64_t value, unsigned bytes, bool big_endian)
{
    uint8_t all[8];
    for (unsigned i = 0; i < bytes; i++)
        all[big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
    put(out, all, bytes);
}

static void put_buffer(struct buffer *out, struct buffer *part)
{
    put(out, part->data, part->size);
    buffer_clear(part);
}

static struct buffer jpeg_of(struct stream_size size)
{
    struct buffer jpeg;
    vultus_image *image = picture_pattern(size.width, size.height);
    vultus_error error = {0};
    buffer_init(&jpeg, STREAM_BYTES_MAX);
    assert_ok(image_encode_jpeg(image, 80, &jpeg, &error), &error);
    vultus_image_free(image);
    return jpeg;
}

void stream_jpegs(struct buffer *out, const struct stream_size *sizes, size_t count)
{
    buffer_init(out, STREAM_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct buffer jpeg = jpeg_of(sizes[i]);
        put_buffer(out, &jpeg);
    }
}

/* ------------------------------------------------------------------ AVI */

static void chunk(struct buffer *out, const char *name, const void *bytes, size_t size)
{
    put(out, name, 4);
    put_number(out, size, 4, false);
    put(out, bytes, size);
    if (size % 2)
        put_number(out, 0, 1, false);
}

/* A list, or the file, of what is in `part`, which it takes. */
static void list(struct buffer *out, const char *kind, const char *name, struct buffer *part)
{
    put(out, kind, 4);
    put_number(out, part->size + 4, 4, false);
    put(out, name, 4);
    put_buffer(out, part);
}

static void put_words(struct buffer *out, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_number(out, words[i], 4, false);
}

static uint32_t code(const char *letters)
{
    return (uint32_t)letters[0] | (uint32_t)letters[1] << 8 | (uint32_t)letters[2] << 16 |
           (uint32_t)letters[3] << 24;
}

static void avi_head(struct buffer *out, const struct stream_avi *options)
{
    struct stream_size size =
        options->claims.width ? options->claims : (struct stream_size){STREAM_SIDE, STREAM_SIDE};
    uint32_t coding = options->bare ? 0 : code("MJPG"), frames = options->frames;
    const uint32_t main_head[14] = {40000, 0, 0, 0, frames, 0, 1, 0, size.width, size.height};
    const uint32_t stream_head[14] = {code("vids"), coding, 0, 0, 0, 1, 25, 0, frames};
    const uint32_t format[10] = {40, size.width, size.height, 1 | 24u << 16, coding, 0, 0, 0, 0, 0};
    struct buffer head, stream, words;
    buffer_init(&head, STREAM_BYTES_MAX);
    buffer_init(&stream, STREAM_BYTES_MAX);
    buffer_init(&words, STREAM_BYTES_MAX);
    put_words(&words, main_head, 14);
    chunk(&head, "avih", words.data, words.size);
    buffer_clear(&words);
    put_words(&words, stream_head, 14);
    chunk(&stream, "strh", words.data, words.size);
    buffer_clear(&words);
    put_words(&words, format, 10);
    chunk(&stream, "strf", words.data, words.size);
    buffer_clear(&words);
    list(&head, "LIST", "strl", &stream);
    list(out, "LIST", "hdrl", &head);
}

void stream_avi(struct buffer *out, const struct stream_avi *options)
{
    struct buffer all, frames, jpeg = jpeg_of((struct stream_size){STREAM_SIDE, STREAM_SIDE});
    buffer_init(out, STREAM_BYTES_MAX);
    buffer_init(&all, STREAM_BYTES_MAX);
    buffer_init(&frames, STREAM_BYTES_MAX);
    avi_head(&all, options);
    for (unsigned i = 0; i < options->frames; i++) {
        for (unsigned k = 0; k < options->empty; k++)
            chunk(&frames, "00dc", "", 0);
        chunk(&frames, "00dc", jpeg.data, jpeg.size);
    }
    list(&all, "LIST", "movi", &frames);
    list(out, "RIFF", "AVI ", &all);
    buffer_clear(&jpeg);
}

/* ------------------------------------------------------------------ Matroska */

static void element(struct buffer *out, uint32_t id, const void *bytes, size_t size)
{
    unsigned length = id > 0xFFFFFF ? 4 : id > 0xFFFF ? 3 : id > 0xFF ? 2 : 1;
    put_number(out, id, length, true);
    put_number(out, (uint64_t)1 << 56 | size, 8, true);
    put(out, bytes, size);
}

static void element_whole(struct buffer *out, uint32_t id, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    element(out, id, bytes, sizeof bytes);
}

static void element_of(struct buffer *out, uint32_t id, struct buffer *part)
{
    element(out, id, part->data, part->size);
    buffer_clear(part);
}

static void mkv_track(struct buffer *out)
{
    struct buffer video, entry, tracks;
    buffer_init(&video, STREAM_BYTES_MAX);
    buffer_init(&entry, STREAM_BYTES_MAX);
    buffer_init(&tracks, STREAM_BYTES_MAX);
    element_whole(&video, 0xB0, STREAM_SIDE);
    element_whole(&video, 0xBA, STREAM_SIDE);
    element_whole(&entry, 0xD7, 1);
    element_whole(&entry, 0x73C5, 1);
    element_whole(&entry, 0x83, 1);
    element(&entry, 0x86, "V_MJPEG", 7);
    element_of(&entry, 0xE0, &video);
    element_of(&tracks, 0xAE, &entry);
    element_of(out, 0x1654AE6B, &tracks);
}

void stream_mkv(struct buffer *out, const int16_t *times, size_t count)
{
    struct buffer head, segment, facts, cluster;
    struct buffer jpeg = jpeg_of((struct stream_size){STREAM_SIDE, STREAM_SIDE});
    buffer_init(out, STREAM_BYTES_MAX);
    buffer_init(&head, STREAM_BYTES_MAX);
    buffer_init(&segment, STREAM_BYTES_MAX);
    buffer_init(&facts, STREAM_BYTES_MAX);
    buffer_init(&cluster, STREAM_BYTES_MAX);
    element(&head, 0x4282, "matroska", 8);
    element_whole(&head, 0x4287, 4);
    element_whole(&head, 0x4285, 2);
    element_of(out, 0x1A45DFA3, &head);
    element_whole(&facts, 0x2AD7B1, 1000000);
    element_of(&segment, 0x1549A966, &facts);
    mkv_track(&segment);
    element_whole(&cluster, 0xE7, 0);
    for (size_t i = 0; i < count; i++) {
        struct buffer block;
        buffer_init(&block, STREAM_BYTES_MAX);
        put_number(&block, 0x81, 1, true);
        put_number(&block, (uint16_t)times[i], 2, true);
        put_number(&block, 0x80, 1, true); /* a key frame */
        put(&block, jpeg.data, jpeg.size);
        element_of(&cluster, 0xA3, &block);
    }
    element_of(&segment, 0x1F43B675, &cluster);
    element_of(out, 0x18538067, &segment);
    buffer_clear(&jpeg);
}

/* ------------------------------------------------------------------ H.264 */

/* A sequence of 8 x 6 blocks, the picture's parameters, and one slice of blocks of bare samples. */
static void h264_frame(struct buffer *out, unsigned shade)
{
    static const uint8_t sequence[] = {0, 0, 0, 1, 0x67, 0x42, 0, 0x0A, 0xF8, 0x41, 0xA2};
    static const uint8_t picture[] = {0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80};
    static const uint8_t slice[] = {0, 0, 0, 1, 0x65, 0x88, 0x84, 0x08, 0x68};
    static const uint8_t block[] = {0x0D, 0};
    uint8_t samples[256 + 128];
    put(out, sequence, sizeof sequence);
    put(out, picture, sizeof picture);
    put(out, slice, sizeof slice);
    for (unsigned i = 0; i < STREAM_H264_WIDTH / 16 * STREAM_H264_HEIGHT / 16; i++) {
        if (i)
            put(out, block, sizeof block);
        memset(samples, (int)(60 + (i * 7 + shade * 20) % 120), 256);
        memset(samples + 256, 128, 128);
        put(out, samples, sizeof samples);
    }
    put_number(out, 0x80, 1, true); /* the end of the slice */
}

void stream_h264(struct buffer *out, unsigned frames)
{
    buffer_init(out, STREAM_BYTES_MAX);
    for (unsigned i = 0; i < frames; i++)
        h264_frame(out, i);
}

/* ------------------------------------------------------------------ MPEG-TS */

static uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)bytes[i] << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    return crc;
}

/* Cuts a payload into packets; what is left of the last one is stuffed by its adaptation field. */
static void ts_packets(struct buffer *out, unsigned pid, const uint8_t *bytes, size_t size,
                       unsigned *counter)
{
    for (size_t at = 0; at < size;) {
        size_t part = size - at < TS_PACKET - 4 ? size - at : TS_PACKET - 4;
        size_t stuffing = TS_PACKET - 4 - part;
        put_number(out, 0x47, 1, true);
        put_number(out, (at ? 0 : 0x4000) | pid, 2, true);
        put_number(out, (stuffing ? 0x30 : 0x10) | (*counter)++ % 16, 1, true);
        if (stuffing)
            put_number(out, stuffing - 1, 1, true);
        if (stuffing > 1)
            put_number(out, 0, 1, true);
        for (size_t i = 2; i < stuffing; i++)
            put_number(out, 0xFF, 1, true);
        put(out, bytes + at, part);
        at += part;
    }
}

static void ts_table(struct buffer *out, unsigned pid, const uint8_t *section, size_t size)
{
    struct buffer table;
    unsigned counter = 0;
    buffer_init(&table, TS_PACKET);
    put_number(&table, 0, 1, true);
    put(&table, section, size);
    put_number(&table, crc_of(section, size), 4, true);
    while (table.size < TS_PACKET - 4)
        put_number(&table, 0xFF, 1, true);
    ts_packets(out, pid, table.data, table.size, &counter);
    buffer_clear(&table);
}

static void ts_frame(struct buffer *out, unsigned index, unsigned *counter)
{
    uint64_t time = 90000 + index * 3600; /* of 90 kHz */
    struct buffer packet;
    buffer_init(&packet, STREAM_BYTES_MAX);
    put_number(&packet, 0x000001E0, 4, true);
    put_number(&packet, 0, 2, true);
    put_number(&packet, 0x808005, 3, true);
    put_number(&packet, 0x21 | (time >> 29 & 0x0E), 1, true);
    put_number(&packet, (time >> 14 & 0xFFFE) | 1, 2, true);
    put_number(&packet, (time << 1 & 0xFFFE) | 1, 2, true);
    h264_frame(&packet, index);
    ts_packets(out, TS_VIDEO, packet.data, packet.size, counter);
    buffer_clear(&packet);
}

void stream_ts(struct buffer *out, unsigned frames)
{
    static const uint8_t programs[] = {0x00, 0xB0, 0x0D, 0, 1, 0xC1, 0, 0, 0, 1, 0xE1, 0x00};
    static const uint8_t program[] = {0x02, 0xB0, 0x12, 0,    1,    0xC1, 0,    0,   0xE1,
                                      0x01, 0xF0, 0,    0x1B, 0xE1, 0x01, 0xF0, 0x00};
    unsigned counter = 0;
    buffer_init(out, STREAM_BYTES_MAX);
    ts_table(out, 0, programs, sizeof programs);
    ts_table(out, TS_PMT, program, sizeof program);
    for (unsigned i = 0; i < frames; i++)
        ts_frame(out, i, &counter);
}

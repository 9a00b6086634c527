/*
 * JPEG by libjpeg-turbo. Errors leave the library through longjmp; all that has to be freed hangs
 * on struct reader, which lives in the caller of setjmp, so that no local variable is at risk.
 *
 * A file that ends too early, or whose entropy-coded data breaks off, is read as viewers do when at
 * least nine tenths of its rows are there, and is refused otherwise: half a picture of grey gives
 * wrong faces. Work and memory are bounded before they are spent: see the constants.
 */
#include "image/image.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* File, pixels, and the coefficients of all scans where there are several (progressive files). */
#define MEMORY_MAX ((size_t)1000000000)
/* Encoders make 10, some 20 scans; each one walks the whole picture and every bit of its data.
 * These bounds mean a few seconds, and leave 20 scans for the largest picture. */
#define SCANS_MAX 100
#define SCANS_TIMES_PIXELS_MAX ((uint64_t)2000000000)
#define SCANS_BYTES_MAX ((size_t)64 << 20)
#define ROWS_A_CALL 16 /* the height of the tallest usual MCU */

struct reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const char *name;
    vultus_error *error;
    vultus_status status;
    vultus_image *image;
    uint8_t *line;      /* a row of CMYK */
    uint32_t lost_rows; /* of MCUs, in the scan that lost most */
    bool ended;         /* the bytes ended before the picture did */
};

static const JOCTET end_of_image[2] = {0xFF, JPEG_EOI};

static struct reader *reader_of(void *info)
{
    return ((j_common_ptr)info)->client_data;
}

_Noreturn static void give_up(struct reader *reader, vultus_status status)
{
    reader->status = status;
    longjmp(reader->escape, 1);
}

static void on_error(j_common_ptr info)
{
    struct reader *reader = reader_of(info);
    char text[JMSG_LENGTH_MAX];
    switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: give_up(reader, status_memory(reader->error, "decoding a JPEG"));
    case JERR_NO_BACKING_STORE:
    case JERR_WIDTH_OVERFLOW:
    case JERR_IMAGE_TOO_BIG:
        give_up(reader, status_set(reader->error, VULTUS_ERR_LIMIT,
                                   "%s: too large for a JPEG of its kind; save it as a baseline "
                                   "JPEG or scale it down",
                                   reader->name));
    case JERR_BAD_PRECISION:
        give_up(reader, status_set(reader->error, VULTUS_ERR_FORMAT,
                                   "%s: a JPEG of %d bits is not read; save it with 8 bits",
                                   reader->name, info->err->msg_parm.i[0]));
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
        give_up(reader, status_set(reader->error, VULTUS_ERR_FORMAT,
                                   "%s: an unusual kind of JPEG (lossless, hierarchical, ...) is "
                                   "not read; save it as a baseline JPEG",
                                   reader->name));
    default:
        (*info->err->format_message)(info, text);
        give_up(reader, status_set(reader->error, VULTUS_ERR_FORMAT, "%s: damaged JPEG: %s",
                                   reader->name, text));
    }
}

static void check_lost(struct reader *reader, uint32_t lost)
{
    uint32_t rows = reader->info.total_iMCU_rows;
    if ((uint64_t)lost * 10 > rows)
        give_up(reader, status_set(reader->error, VULTUS_ERR_FORMAT,
                                   "%s: damaged JPEG: breaks off after %u %% of its rows; get a "
                                   "whole copy of it",
                                   reader->name, (unsigned)((uint64_t)(rows - lost) * 100 / rows)));
    if (lost > reader->lost_rows)
        reader->lost_rows = lost;
}

/* The entropy-coded data broke off: what follows in this scan, or up to the next restart marker,
 * is grey. Only a first pass over the luma, or over a DC, loses more than detail. */
static void note_loss(struct reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    bool luma = false;
    for (int i = 0; i < info->comps_in_scan; i++)
        luma = luma || info->cur_comp_info[i] == info->comp_info;
    if (info->progressive_mode && (info->Ah || (info->Ss && !luma)))
        return;
    uint32_t lost = info->total_iMCU_rows - info->input_iMCU_row;
    if (info->restart_interval && !reader->ended && info->unread_marker != JPEG_EOI) {
        uint32_t rows = info->restart_interval / (info->MCUs_per_row ? info->MCUs_per_row : 1) + 1;
        lost = reader->lost_rows + (rows < lost ? rows : lost);
    }
    check_lost(reader, lost);
}

static void on_message(j_common_ptr info, int level)
{
    if (level < 0)
        info->err->num_warnings++;
    if (level < 0 && info->err->msg_code == JWRN_HIT_MARKER)
        note_loss(reader_of(info));
}

static void on_output(j_common_ptr info)
{
    (void)info; /* the library prints nothing */
}

static void on_progress(j_common_ptr info)
{
    struct reader *reader = reader_of(info);
    uint64_t scans = (uint64_t)reader->info.input_scan_number;
    uint64_t pixels = (uint64_t)reader->info.image_width * reader->info.image_height;
    if (scans > SCANS_MAX || (scans > 1 && scans * pixels > SCANS_TIMES_PIXELS_MAX))
        give_up(reader, status_set(reader->error, VULTUS_ERR_LIMIT,
                                   "%s: a progressive JPEG with more than %llu scans; save it as a "
                                   "baseline JPEG",
                                   reader->name, (unsigned long long)scans - 1));
}

static void source_nothing(j_decompress_ptr info)
{
    (void)info;
}

static boolean source_fill(j_decompress_ptr info)
{
    struct reader *reader = reader_of(info);
    if (!reader->ended && info->arith_code && info->input_iMCU_row + 1 < info->total_iMCU_rows) {
        /* arithmetic coding reads zeros from here on and does not say so */
        reader->ended = true;
        note_loss(reader);
    }
    reader->ended = true;
    info->src->next_input_byte = end_of_image;
    info->src->bytes_in_buffer = sizeof end_of_image;
    return TRUE;
}

static void source_skip(j_decompress_ptr info, long bytes)
{
    if (bytes <= 0)
        return;
    if ((size_t)bytes > info->src->bytes_in_buffer) {
        (void)source_fill(info);
        return;
    }
    info->src->next_input_byte += bytes;
    info->src->bytes_in_buffer -= (size_t)bytes;
}

static void reader_init(struct reader *reader, const uint8_t *bytes, size_t size)
{
    reader->info.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = on_error;
    reader->errors.emit_message = on_message;
    reader->errors.output_message = on_output;
    reader->info.client_data = reader;
    reader->progress.progress_monitor = on_progress;
    reader->source = (struct jpeg_source_mgr){.next_input_byte = bytes,
                                              .bytes_in_buffer = size,
                                              .init_source = source_nothing,
                                              .fill_input_buffer = source_fill,
                                              .skip_input_data = source_skip,
                                              .resync_to_restart = jpeg_resync_to_restart,
                                              .term_source = source_nothing};
}

static void choose_colours(struct reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    switch (info->jpeg_color_space) {
    case JCS_GRAYSCALE:
    case JCS_RGB:
    case JCS_YCbCr: info->out_color_space = JCS_RGB; return;
    case JCS_CMYK:
    case JCS_YCCK:
        info->out_color_space = JCS_CMYK;
        reader->line = mem_array(info->image_width, 4);
        if (!reader->line)
            give_up(reader, status_memory(reader->error, "decoding a JPEG"));
        return;
    default:
        give_up(reader, status_set(reader->error, VULTUS_ERR_FORMAT,
                                   "%s: a JPEG with %d colour channels is not read; save it as RGB",
                                   reader->name, info->num_components));
    }
}

/* Adobe's programs, which write an APP14 marker, store 255 for no ink; the standard 0. */
static void convert_cmyk(const uint8_t *from, uint32_t width, bool adobe, uint8_t *to)
{
    unsigned flip = adobe ? 0 : 255;
    for (uint32_t x = 0; x < width; x++, from += 4, to += 3) {
        unsigned key = from[3] ^ flip;
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)(((from[c] ^ flip) * key + 127) / 255);
    }
}

static void read_rows(struct reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    vultus_image *image = reader->image;
    JSAMPROW rows[ROWS_A_CALL];
    while (info->output_scanline < info->output_height) {
        uint32_t first = info->output_scanline;
        if (reader->line) {
            rows[0] = reader->line;
            (void)jpeg_read_scanlines(info, rows, 1);
            convert_cmyk(reader->line, image->width, info->saw_Adobe_marker,
                         image->pixels + first * image->stride);
            continue;
        }
        uint32_t count = info->output_height - first;
        count = count < ROWS_A_CALL ? count : ROWS_A_CALL;
        for (uint32_t i = 0; i < count; i++)
            rows[i] = image->pixels + (first + i) * image->stride;
        (void)jpeg_read_scanlines(info, rows, count);
    }
}

/* A file may also end between two scans. */
static void check_scans(struct reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    for (int c = 0; c < info->num_components; c++)
        if (!info->comp_info[c].quant_table || (info->coef_bits && info->coef_bits[c][0] < 0))
            check_lost(reader, info->total_iMCU_rows); /* no scan had this channel */
    for (int k = 1; info->coef_bits && reader->ended && k < DCTSIZE2; k++)
        if (info->coef_bits[0][k] < 0)
            check_lost(reader, info->total_iMCU_rows); /* the detail of the luma is missing */
}

static void read_picture(struct reader *reader, size_t size, size_t max_pixels)
{
    struct jpeg_decompress_struct *info = &reader->info;
    jpeg_create_decompress(info);
    info->src = &reader->source;
    info->progress = &reader->progress;
    (void)jpeg_read_header(info, TRUE);
    vultus_status status = image_check_size(info->image_width, info->image_height, max_pixels,
                                            reader->name, reader->error);
    if (status)
        give_up(reader, status);
    choose_colours(reader);
    if (jpeg_has_multiple_scans(info) && size > SCANS_BYTES_MAX)
        give_up(reader, status_set(reader->error, VULTUS_ERR_LIMIT,
                                   "%s: a progressive JPEG of %zu bytes, at most %zu are read; "
                                   "save it as a baseline JPEG",
                                   reader->name, size, SCANS_BYTES_MAX));
    size_t taken = size + (size_t)3 * info->image_width * info->image_height;
    info->mem->max_memory_to_use = taken < MEMORY_MAX ? (long)(MEMORY_MAX - taken) : 1;
    (void)jpeg_start_decompress(info); /* reads all scans of a progressive file */
    check_scans(reader);
    status = image_new(info->image_width, info->image_height, &reader->image, reader->error);
    if (status)
        give_up(reader, status);
    read_rows(reader);
}

vultus_status decode_jpeg(const uint8_t *bytes, size_t size, const char *name, size_t max_pixels,
                          vultus_image **out, vultus_error *error)
{
    struct reader reader = {.name = name, .error = error};
    reader_init(&reader, bytes, size);
    if (!setjmp(reader.escape))
        read_picture(&reader, size, max_pixels);
    jpeg_destroy_decompress(&reader.info);
    if (reader.line)
        mem_free_wiped(reader.line, (size_t)4 * reader.info.image_width);
    if (reader.status)
        vultus_image_free(reader.image);
    else
        *out = reader.image;
    return reader.status;
}

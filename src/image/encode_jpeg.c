/*
 * JPEG by libjpeg-turbo into a buffer of our own, because jpeg_mem_dest takes its memory past
 * base/memory. Good quality keeps the full resolution of colours; Huffman tables are optimised
 * while the coefficients, which then have to be kept, are of a bearable size.
 */
#include "image/image.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#define FULL_COLOUR_QUALITY 90
/* Finding the best codes keeps all coefficients, 6 bytes for a pixel, to save a few percent of the file. */
#define OPTIMISED_PIXELS_MAX 2000000
#define STEP ((size_t)64 << 10)

struct writer {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr target;
    jmp_buf escape;
    struct buffer *out;
    vultus_error *error;
    vultus_status status;
};

static struct writer *writer_of(void *info)
{
    return ((j_common_ptr)info)->client_data;
}

static void on_error(j_common_ptr info)
{
    struct writer *writer = writer_of(info);
    char text[JMSG_LENGTH_MAX];
    if (!writer->status && info->err->msg_code == JERR_OUT_OF_MEMORY)
        writer->status = status_memory(writer->error, "encoding a JPEG");
    if (!writer->status) {
        (*info->err->format_message)(info, text);
        writer->status =
            status_set(writer->error, VULTUS_ERR_INTERNAL, "encoding a JPEG: %s", text);
    }
    longjmp(writer->escape, 1);
}

static void on_output(j_common_ptr info)
{
    (void)info; /* the library prints nothing */
}

static void target_more(struct writer *writer)
{
    writer->status = buffer_reserve(writer->out, STEP, writer->error);
    if (writer->status)
        longjmp(writer->escape, 1);
    writer->target.next_output_byte = writer->out->data + writer->out->size;
    writer->target.free_in_buffer = STEP;
}

static void target_open(j_compress_ptr info)
{
    target_more(writer_of(info));
}

static boolean target_full(j_compress_ptr info)
{
    struct writer *writer = writer_of(info);
    writer->out->size += STEP;
    target_more(writer);
    return TRUE;
}

static void target_close(j_compress_ptr info)
{
    struct writer *writer = writer_of(info);
    writer->out->size += STEP - writer->target.free_in_buffer;
    writer->out->data[writer->out->size] = 0;
}

static void write_picture(struct writer *writer, const vultus_image *image, int quality)
{
    struct jpeg_compress_struct *info = &writer->info;
    jpeg_create_compress(info);
    info->dest = &writer->target;
    info->image_width = image->width;
    info->image_height = image->height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    info->optimize_coding = (size_t)image->width * image->height <= OPTIMISED_PIXELS_MAX;
    if (quality >= FULL_COLOUR_QUALITY)
        info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(info, TRUE);
    while (info->next_scanline < info->image_height) {
        JSAMPROW row = image->pixels + info->next_scanline * image->stride;
        (void)jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
}

vultus_status image_encode_jpeg(const vultus_image *image, int quality, struct buffer *out,
                                vultus_error *error)
{
    struct buffer bytes;
    struct writer writer = {.out = &bytes, .error = error};
    if (quality < 1 || quality > 100)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a JPEG quality is 1 to 100, not %d",
                          quality);
    buffer_init(&bytes, VULTUS_FILE_BYTES_MAX);
    writer.info.err = jpeg_std_error(&writer.errors);
    writer.errors.error_exit = on_error;
    writer.errors.output_message = on_output;
    writer.info.client_data = &writer;
    writer.target.init_destination = target_open;
    writer.target.empty_output_buffer = target_full;
    writer.target.term_destination = target_close;
    if (!setjmp(writer.escape))
        write_picture(&writer, image, quality);
    jpeg_destroy_compress(&writer.info);
    if (writer.status)
        buffer_clear(&bytes);
    else
        *out = bytes;
    return writer.status;
}

/* Zip files by minizip, which is included nowhere else. */
#include "base/npz.h"
#include "base/file.h"
#include "base/memory.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_SIZE 64            /* of an array, with its ending */
#define CHUNK ((size_t)1 << 20)     /* what one call packs or unpacks */
#define DEFLATE_MOST ((size_t)1040) /* times: deflate makes no more of a byte */
#define LEVEL 1                     /* embeddings pack badly whatever one does */

struct npz {
    unzFile zip;
    char shown[160];
};

struct npz_writer {
    zipFile zip;
    char shown[160];
};

static void name_file(const char *name, char out[NAME_MAX_SIZE])
{
    snprintf(out, NAME_MAX_SIZE, "%s.npy", name);
}

/* ------------------------------------------------------------------ reading */

vultus_status npz_open(const char *path, struct npz **out, vultus_error *error)
{
    if (!file_exists(path))
        return status_set(error, VULTUS_ERR_IO, "%s: there is no such file", file_shown(path));
    struct npz *npz = mem_zalloc(1, sizeof *npz);
    if (!npz)
        return status_memory(error, "a file of arrays");
    snprintf(npz->shown, sizeof npz->shown, "%s", file_shown(path));
    npz->zip = unzOpen64(path);
    if (!npz->zip) {
        mem_free(npz);
        return status_set(error, VULTUS_ERR_FORMAT, "%s: is no file of arrays (.npz)",
                          file_shown(path));
    }
    *out = npz;
    return VULTUS_OK;
}

void npz_close(struct npz *npz)
{
    if (npz)
        unzClose(npz->zip);
    mem_free(npz);
}

bool npz_has(struct npz *npz, const char *name)
{
    char file[NAME_MAX_SIZE];
    name_file(name, file);
    return unzLocateFile(npz->zip, file, 1) == UNZ_OK;
}

static vultus_status read_bytes(struct npz *npz, uint8_t *out, size_t size)
{
    while (size) {
        int got = unzReadCurrentFile(npz->zip, out, (unsigned)(size < CHUNK ? size : CHUNK));
        if (got <= 0)
            return VULTUS_ERR_FORMAT;
        out += got;
        size -= (size_t)got;
    }
    return VULTUS_OK;
}

/* The entry is open, and has `size` bytes: the header, then exactly what the header says. */
static vultus_status read_array(struct npz *npz, size_t size, size_t max, struct npz_array *out,
                                vultus_error *error)
{
    uint8_t head[NPY_HEADER_MAX + 12];
    size_t have = size < sizeof head ? size : sizeof head, header = 0, bytes = 0;
    if (read_bytes(npz, head, have))
        return status_set(error, VULTUS_ERR_FORMAT, "is cut off or damaged");
    vultus_status status = npy_read(head, have, &out->npy, &header, error);
    if (status)
        return status;
    if (!npy_bytes(&out->npy, &bytes) || bytes != size - header)
        return status_set(error, VULTUS_ERR_FORMAT, "has more or fewer bytes than its shape says");
    if (bytes > max)
        return status_set(error, VULTUS_ERR_LIMIT, "has %zu bytes; at most %zu are read", bytes,
                          max);
    if (!(out->data = mem_alloc(bytes)))
        return status_memory(error, "an array");
    out->size = bytes;
    size_t first = have - header < bytes ? have - header : bytes;
    memcpy(out->data, head + header, first);
    if (read_bytes(npz, out->data + first, bytes - first))
        return status_set(error, VULTUS_ERR_FORMAT, "is cut off or damaged");
    return VULTUS_OK;
}

static vultus_status read_entry(struct npz *npz, size_t max, struct npz_array *out,
                                vultus_error *error)
{
    unz_file_info64 info;
    if (unzGetCurrentFileInfo64(npz->zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK ||
        info.uncompressed_size / DEFLATE_MOST > info.compressed_size)
        return status_set(error, VULTUS_ERR_FORMAT, "cannot be unpacked");
    if (info.uncompressed_size > (uint64_t)max + NPY_HEADER_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "has %llu bytes; at most %zu are read",
                          (unsigned long long)info.uncompressed_size, max);
    if (unzOpenCurrentFile(npz->zip) != UNZ_OK)
        return status_set(error, VULTUS_ERR_FORMAT, "is packed in a way that is not read here");
    vultus_status status = read_array(npz, (size_t)info.uncompressed_size, max, out, error);
    if (unzCloseCurrentFile(npz->zip) != UNZ_OK && !status) /* the checksum */
        status = status_set(error, VULTUS_ERR_FORMAT, "is damaged");
    return status;
}

vultus_status npz_read(struct npz *npz, const char *name, size_t max, struct npz_array *out,
                       vultus_error *error)
{
    vultus_error why = {0};
    struct npz_array array = {.data = NULL};
    if (!npz_has(npz, name))
        return status_set(error, VULTUS_ERR_NOT_FOUND, "%s: has no array \"%s\"", npz->shown, name);
    vultus_status status = read_entry(npz, max, &array, &why);
    if (!status) {
        *out = array;
        return VULTUS_OK;
    }
    npz_array_clear(&array);
    return status_set(error, status, "%s: the array \"%s\" %.150s", npz->shown, name, why.message);
}

void npz_array_clear(struct npz_array *array)
{
    mem_free_wiped(array->data, array->size);
    *array = (struct npz_array){.data = NULL};
}

/* ------------------------------------------------------------------ writing */

static vultus_status full(const struct npz_writer *writer, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be written; check the disk", writer->shown);
}

vultus_status npz_create(const char *path, struct npz_writer **out, vultus_error *error)
{
    struct npz_writer *writer = mem_zalloc(1, sizeof *writer);
    if (!writer)
        return status_memory(error, "a file of arrays");
    snprintf(writer->shown, sizeof writer->shown, "%s", file_shown(path));
    writer->zip = zipOpen64(path, APPEND_STATUS_CREATE);
    vultus_status status = writer->zip ? VULTUS_OK : full(writer, error);
    if (status)
        mem_free(writer);
    else
        *out = writer;
    return status;
}

static bool put(struct npz_writer *writer, const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += CHUNK) {
        size_t some = size - at < CHUNK ? size - at : CHUNK;
        if (zipWriteInFileInZip(writer->zip, bytes + at, (unsigned)some) != ZIP_OK)
            return false;
    }
    return true;
}

vultus_status npz_write(struct npz_writer *writer, const char *name, const struct npy *npy,
                        const void *data, vultus_error *error)
{
    static const zip_fileinfo no_date = {.dosDate = 0x21}; /* 1980-01-01: as numpy.savez has it */
    char file[NAME_MAX_SIZE];
    uint8_t header[NPY_HEADER_MAX];
    size_t bytes = 0;
    name_file(name, file);
    if (!npy_bytes(npy, &bytes))
        return status_memory(error, "an array");
    const int large = bytes > UINT32_MAX - NPY_HEADER_MAX;
    if (zipOpenNewFileInZip64(writer->zip, file, &no_date, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
                              LEVEL, large) != ZIP_OK)
        return full(writer, error);
    bool good = put(writer, header, npy_write(npy, header)) && put(writer, data, bytes);
    good = zipCloseFileInZip(writer->zip) == ZIP_OK && good;
    return good ? VULTUS_OK : full(writer, error);
}

vultus_status npz_finish(struct npz_writer *writer, vultus_error *error)
{
    if (!writer)
        return VULTUS_OK;
    vultus_status status = zipClose(writer->zip, NULL) == ZIP_OK ? VULTUS_OK : full(writer, error);
    mem_free(writer);
    return status;
}

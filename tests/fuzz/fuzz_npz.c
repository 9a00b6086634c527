/* Files of arrays: each is refused with a line, or its bytes are what its shape says. The first byte chooses between a
 * file and a header alone. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include "base/memory.h"
#include "base/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX ((size_t)1 << 20)

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void try_header(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    struct npy npy;
    size_t length = 0, bytes;
    vultus_status status = npy_read(data, size, &npy, &length, &error);
    need(status ? status == VULTUS_ERR_FORMAT && error.message[0]
                : length <= size && npy.axes <= NPY_AXES_MAX && npy.kind < NPY_KINDS && npy.width);
    if (!status && npy_bytes(&npy, &bytes)) { /* what is written is read as the same */
        uint8_t again[NPY_HEADER_MAX];
        struct npy other;
        size_t written = npy_write(&npy, again);
        need(!npy_read(again, written, &other, &length, &error) && length == written &&
             other.kind == npy.kind && other.width == npy.width && other.axes == npy.axes &&
             !memcmp(other.shape, npy.shape, npy.axes * sizeof *npy.shape));
    }
}

static void try_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64];
    struct npz *npz = NULL;
    vultus_error error = {0};
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    need(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    vultus_status status = npz_open(path, &npz, &error);
    need(!status || (status == VULTUS_ERR_FORMAT && error.message[0]));
    for (int i = 0; !status && i < 2; i++) {
        struct npz_array array;
        size_t bytes;
        vultus_status read = npz_read(npz, i ? "b" : "a", MAX, &array, &error);
        need(!read || error.message[0]);
        if (read)
            continue;
        need(npy_bytes(&array.npy, &bytes) && bytes == array.size && bytes <= MAX);
        npz_array_clear(&array);
    }
    npz_close(npz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    long live = mem_live();
    if (size && data[0] & 1)
        try_header(data + 1, size - 1);
    else if (size)
        try_file(data + 1, size - 1);
    need(mem_live() == live);
    return 0;
}

/* Two arrays in a file, and a header. */
size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const float numbers[6] = {1, 2, 3, 4, 5, 6};
    const struct npy first = {.kind = NPY_FLOAT32, .width = 1, .axes = 2, .shape = {2, 3}};
    const struct npy second = {.kind = NPY_TEXT, .width = 2, .axes = 1, .shape = {3}};
    char path[] = "/tmp/vultus-fuzz-XXXXXX";
    uint8_t header[NPY_HEADER_MAX];
    if (index > 1 || capacity < NPY_HEADER_MAX)
        return 0;
    if (index) {
        size_t size = npy_write(&first, header);
        out[0] = 1;
        memcpy(out + 1, header, size);
        return size + 1;
    }
    struct npz_writer *writer = NULL;
    int fd = mkstemp(path);
    need(fd >= 0 && !npz_create(path, &writer, NULL) &&
         !npz_write(writer, "a", &first, numbers, NULL) &&
         !npz_write(writer, "b", &second, numbers, NULL) && !npz_finish(writer, NULL));
    out[0] = 0;
    ssize_t size = pread(fd, out + 1, capacity - 1, 0);
    close(fd);
    unlink(path);
    return size > 0 ? (size_t)size + 1 : 0;
}

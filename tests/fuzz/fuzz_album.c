/*
 * A file of an album that holds anything: it is refused with a line, or gives an album whose numbers lead
 * somewhere and which survives grouping, changes and being written. The first byte says how the rest is
 * taken: as a whole file, or as changes (place, length, bytes) of one that is good, whose header then still
 * fits in most cases.
 */
#include "fuzz.h"

#include "../store/store_support.h"
#include "engine/album.h"
#include "base/file.h"

#include <unistd.h>

#define WHOLE 0xFF

static char path[4096];
static struct buffer good;
static struct fake_engine fake;

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void set_up(void)
{
    vultus_album *album = NULL;
    const vultus_cluster_options options = {.threshold = 0.9f, .has_threshold = true};
    snprintf(path, sizeof path, "%s/album.safetensors", support_folder());
    fake_engine(&fake, "synthetic@00000001", DIMENSION, 0.5f);
    need(!vultus_album_open(path, NULL, &album, NULL));
    need(!vultus_album_use(album, &fake.engine, NULL));
    for (uint64_t i = 0; i < 6; i++) {
        float rows[2 * DIMENSION];
        const vultus_face faces[2] = {{.score = 0.9f}, {.score = 0.5f}};
        char name[32];
        snprintf(name, sizeof name, "/p/%u.jpg", (unsigned)i);
        const vultus_album_picture picture = {name, 100 + i, (int64_t)i};
        fake_embedding(i % 3, DIMENSION, rows);
        fake_embedding(i + 10, DIMENSION, rows + DIMENSION);
        need(!vultus_album_put(album, &picture, faces, 2, rows, NULL));
    }
    need(!vultus_album_group(album, &options, false, NULL, NULL));
    need(!vultus_album_name(album, 1, "Ada", NULL));
    need(!vultus_album_merge(album, (const uint32_t[]){2, 6}, 2, NULL, NULL));
    need(!vultus_album_link(album, 1, 2, false, NULL));
    need(!vultus_album_save(album, NULL));
    vultus_album_close(album);
    need(!file_read(path, 1 << 20, &good, NULL));
}

static void check_status(vultus_status status, const vultus_error *error)
{
    if (status)
        need(error->code == status && error->message[0] && !strchr(error->message, '\n'));
}

static void check_faces(const vultus_album *album)
{
    vultus_album_face face;
    for (size_t i = 0; vultus_album_face_at(album, i, &face); i++) {
        need(face.id && face.path[0] && isfinite(face.face.box.x) && isfinite(face.face.score));
        for (size_t k = 0; k < album->dimension; k++)
            need(isfinite(face.embedding[k]));
    }
}

/* What a user may do with it; each either works or says why not. */
static void use(vultus_album *album)
{
    vultus_cluster_list list = {0};
    vultus_error error = {0};
    uint32_t ids[2] = {1, 2};
    const vultus_cluster_options options = {.threshold = 0.9f, .has_threshold = true};
    check_faces(album);
    check_status(vultus_album_clusters(album, &list, &error), &error);
    for (size_t i = 0; i < list.count && i < 2; i++)
        ids[i] = list.items[i].id;
    vultus_cluster_list_clear(&list);
    check_status(vultus_album_split(album, ids[0], NULL, 0, NULL, &error), &error);
    check_status(vultus_album_merge(album, ids, 2, NULL, &error), &error);
    check_status(vultus_album_link(album, 1, 3, false, &error), &error);
    for (int i = 0; i < 4; i++)
        check_status(vultus_album_undo(album, NULL, 0, &error), &error);
    check_status(vultus_album_group(album, &options, false, NULL, &error), &error);
    (void)vultus_album_forget(album, "/p/1.jpg");
    check_status(vultus_album_group(album, &options, true, NULL, &error), &error);
    check_faces(album);
}

static void read_album(const uint8_t *data, size_t size)
{
    vultus_album album = {.lock = -1, .threshold = NAN, .far = NAN, .path = mem_string(path)};
    vultus_error error = {0};
    const long live = mem_live() - 1;
    vultus_status status = album_parse(data, size, &album, &error);
    if (status)
        need(error.code == status && error.message[0] && status == VULTUS_ERR_FORMAT);
    else
        use(&album);
    album_clear(&album);
    need(mem_live() == live);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t patched[1 << 20];
    if (!good.size)
        set_up();
    if (!size || size > 65536)
        return 0;
    if (*data == WHOLE) {
        read_album(data + 1, size - 1);
        return 0;
    }
    memcpy(patched, good.data, good.size);
    for (data++, size--; size >= 4;) {
        size_t at = ((size_t)data[0] << 8 | data[1]) % good.size, length = data[2] & 7;
        data += 3, size -= 3;
        length = length < size ? length : size;
        length = length < good.size - at ? length : good.size - at;
        memcpy(patched + at, data, length);
        data += length, size -= length;
    }
    read_album(patched, good.size);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    if (!good.size)
        set_up();
    if (!index && good.size < capacity) {
        *out = WHOLE;
        memcpy(out + 1, good.data, good.size);
        return good.size + 1;
    }
    if (index > 40 || capacity < 16)
        return 0;
    /* each part of the data behind the header in turn */
    size_t at = (good.size - 400) / 40 * index + 300;
    const uint8_t seed[8] = {0, (uint8_t)(at >> 8), (uint8_t)at, 4, 3, 0, 0, 0};
    memcpy(out, seed, sizeof seed);
    return sizeof seed;
}

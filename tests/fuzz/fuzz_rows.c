/*
 * A gallery whose rows, or whose file, hold anything: calls answer with values in their ranges, or
 * refuse with a line. The first byte of an input says which of the two; then rows are given as
 * (column, length, value), and changes of the file as (place, length, bytes).
 */
#include "fuzz.h"

#include "../store/store_support.h"
#include "gallery/names.h"

#include <sqlite3.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"
#define FILE_MODE 0xFF

static const char *const columns[] = {
    "UPDATE people SET name = ? WHERE id = 2",
    "UPDATE people SET created = ? WHERE id = 2",
    "UPDATE embedders SET name = ?",
    "UPDATE faces SET source = ? WHERE id = 2",
    "UPDATE faces SET created = ? WHERE id = 2", /* text up to here */
    "UPDATE embeddings SET vector = ? WHERE face = 2",
    "UPDATE faces SET landmarks = ? WHERE id = 2",
    "UPDATE faces SET picture = ? WHERE id = 2",
    "UPDATE thumbnails SET jpeg = ? WHERE face = 2", /* blobs up to here */
    "UPDATE faces SET x = ? WHERE id = 2",
    "UPDATE faces SET height = ? WHERE id = 2",
    "UPDATE faces SET score = ? WHERE id = 2",
    "UPDATE faces SET yaw = ? WHERE id = 2", /* numbers up to here */
    "UPDATE embedders SET dimension = ?",
    "UPDATE faces SET person = ? WHERE id = 2",
    "UPDATE faces SET embedder = ? WHERE id = 2",
    "UPDATE people SET id = ? WHERE id = 2", /* whole numbers up to here */
    "UPDATE people SET sealed = ? WHERE id = 2",
    "UPDATE faces SET sealed = ? WHERE id = 2", /* blobs */
};
enum { TEXTS = 5, BLOBS = 9, REALS = 13, WHOLE = 17, COLUMNS = sizeof columns / sizeof columns[0] };

static char path[4096], broken[4096], broken_log[4200];
static char whole[1 << 20], patched[sizeof whole];
static size_t whole_size;
static sqlite3 *raw;
static sqlite3_stmt *updates[COLUMNS];
static vultus_gallery *open_one;
static struct fake_engine fake;

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void set_up(void)
{
    snprintf(path, sizeof path, "%s/rows.db", support_folder());
    snprintf(broken, sizeof broken, "%s/broken.db", support_folder());
    snprintf(broken_log, sizeof broken_log, "%s-wal", broken);
    need(!vultus_gallery_open(path, NULL, &open_one, NULL));
    for (unsigned i = 0; i < 6; i++)
        need(!vultus_gallery_enroll(open_one, i % 2 ? "Grace" : "Ada", "a.jpg",
                                    fake_sample(i, MODEL, DIMENSION), NULL, NULL));
    vultus_gallery_close(open_one);
    FILE *file = fopen(path, "rb");
    need(file != NULL);
    whole_size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    need(!vultus_gallery_open(path, NULL, &open_one, NULL));
    need(!sqlite3_open(path, &raw) &&
         !sqlite3_exec(raw, "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF", NULL, NULL,
                       NULL));
    for (size_t i = 0; i < COLUMNS; i++)
        need(!sqlite3_prepare_v2(raw, columns[i], -1, updates + i, NULL));
    fake_engine(&fake, MODEL, DIMENSION, 0.5f);
}

static void check_status(vultus_status status, const vultus_error *error)
{
    if (status)
        need(error->code == status && error->message[0] && strlen(error->message) < 252 &&
             (status == VULTUS_ERR_DATABASE || status == VULTUS_ERR_MISMATCH ||
              status == VULTUS_ERR_NOT_FOUND || status == VULTUS_ERR_LIMIT));
}

static void check_records(const vultus_face_records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        const vultus_face_record *record = records->items + i;
        need(record->embedder && record->embedding && record->dimension);
        for (size_t k = 0; k < record->dimension; k++)
            need(isfinite(record->embedding[k]));
        for (size_t k = 0; k < VULTUS_LANDMARKS; k++)
            need(isfinite(record->face.landmarks[k].x) && isfinite(record->face.landmarks[k].y));
        need(isfinite(record->face.box.x) && isfinite(record->face.quality.yaw));
    }
}

static void use(vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_people people = {0};
    vultus_face_records records = {0};
    vultus_match matches[4];
    size_t count = 0;
    float probe[DIMENSION];
    long live;
    vultus_status status = vultus_gallery_people(gallery, &people, &error);
    check_status(status, &error);
    for (size_t i = 0; i < people.count; i++)
        need(!names_fault(people.items[i].name, strlen(people.items[i].name)));
    vultus_people_clear(&people);
    live = mem_live();
    status = vultus_gallery_faces(gallery, "Grace", &records, &error);
    check_status(status, &error);
    check_records(&records);
    vultus_face_records_clear(&records);
    need(mem_live() == live);
    fake_embedding(1, DIMENSION, probe);
    status = vultus_gallery_rank(gallery, &fake.engine, probe, NULL, matches, 4, &count, &error);
    check_status(status, &error);
    for (size_t i = 0; !status && i < count; i++)
        need(matches[i].cosine >= -1 && matches[i].cosine <= 1 &&
             !names_fault(matches[i].name, strlen(matches[i].name)));
}

static void try_rows(const uint8_t *data, size_t size)
{
    need(!sqlite3_exec(raw, "BEGIN", NULL, NULL, NULL));
    while (size >= 2) {
        sqlite3_stmt *update = updates[data[0] % COLUMNS];
        size_t column = data[0] % COLUMNS, length = data[1];
        data += 2, size -= 2;
        length = length < size ? length : size;
        uint64_t bits = 0;
        double real;
        memcpy(&bits, data, length < 8 ? length : 8);
        memcpy(&real, &bits, 8);
        if (column < TEXTS)
            sqlite3_bind_text(update, 1, (const char *)data, (int)length, SQLITE_TRANSIENT);
        else if (column < BLOBS || column >= WHOLE)
            sqlite3_bind_blob(update, 1, data, (int)length, SQLITE_TRANSIENT);
        else if (column < REALS)
            sqlite3_bind_double(update, 1, real);
        else
            sqlite3_bind_int64(update, 1, (int64_t)bits);
        sqlite3_step(update); /* what the tables refuse does not get in */
        sqlite3_reset(update);
        data += length, size -= length;
    }
    need(!sqlite3_exec(raw, "COMMIT", NULL, NULL, NULL));
    use(open_one);
    /* back to what it was */
    need(!sqlite3_exec(raw,
                       "BEGIN; DELETE FROM people; DELETE FROM faces; DELETE FROM embeddings; "
                       "DELETE FROM thumbnails; DELETE FROM embedders; COMMIT",
                       NULL, NULL, NULL));
    static const char again[] =
        "BEGIN; INSERT INTO people (id, name, created) VALUES (1, 'Ada', 'x'), (2, 'Grace', 'x'); "
        "INSERT INTO embedders VALUES (1, '" MODEL "', 32); "
        "INSERT INTO faces (id, person, embedder, picture, source, x, y, width, height, landmarks, "
        "score, size, sharpness, brightness, roll, yaw, created) VALUES (1, 1, 1, x'01', 'a', 1, "
        "2, 3, 4, zeroblob(40), .5, 1, 1, 1, 1, "
        "1, 'x'),"
        " (2, 2, 1, x'02', NULL, 1, 2, 3, 4, zeroblob(40), .5, 1, 1, 1, 1, 1, 'x'); "
        "INSERT INTO embeddings VALUES (1, CAST(x'0000803f' || zeroblob(124) AS BLOB)), "
        "(2, CAST(x'0000803f' || zeroblob(124) AS BLOB)); INSERT INTO thumbnails VALUES (2, "
        "x'FFD8'); COMMIT";
    need(!sqlite3_exec(raw, again, NULL, NULL, NULL));
}

static void try_file(const uint8_t *data, size_t size)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_gallery_options options = {.read_only = size & 1};
    memcpy(patched, whole, whole_size);
    while (size >= 4) {
        size_t at = ((size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2]) % whole_size;
        size_t length = data[3] & 15;
        data += 4, size -= 4;
        length = length < size ? length : size;
        memcpy(patched + at, data, length < whole_size - at ? length : whole_size - at);
        data += length, size -= length;
    }
    unlink(broken_log);
    FILE *file = fopen(broken, "wb");
    need(file && fwrite(patched, 1, whole_size, file) == whole_size && !fclose(file));
    vultus_status status = vultus_gallery_open(broken, &options, &gallery, &error);
    check_status(status, &error);
    if (!status)
        use(gallery);
    vultus_gallery_close(gallery);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!open_one)
        set_up();
    if (!size || size > 16384)
        return 0;
    if (data[0] == FILE_MODE)
        try_file(data + 1, size - 1);
    else
        try_rows(data + 1, size - 1);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const uint8_t seeds[][24] = {
        {0, 0, 3, 'A', 'd', 'a', 3, 2, 'x', 'y'},
        {0, 5, 16, 0, 0, 0x80, 0x3F},
        {0, 6, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F},
        {0, 13, 8, 32, 0, 0, 0, 0, 0, 0, 0, 14, 1, 1},
        {0, 16, 1, 9, 14, 1, 9, 15, 1, 1},
        {0, 2, 5, 'o', 't', 'h', 'e', 'r', 1, 1, 'x'},
        {0, 12, 8, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F, 8, 4, 0xFF, 0xD8, 0xFF, 0xE0},
        {FILE_MODE, 0, 0x10, 0, 8, 13, 0, 0, 0, 5, 0, 1, 2, 0, 0x20, 3, 2, 9, 9},
    };
    if (index >= sizeof seeds / sizeof seeds[0])
        return 0;
    size_t size = sizeof seeds[0] < capacity ? sizeof seeds[0] : capacity;
    memcpy(out, seeds[index], size);
    return size;
}

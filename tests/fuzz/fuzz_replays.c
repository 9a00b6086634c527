/* The file of answered enrolments: whatever is in it, records are whole or not there. */
#include "fuzz.h"

#include "base/checksum.h"
#include "server/replay_file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct replay_record records[REPLAY_FILE_RECORDS];
    if (!replay_file_parse(data, size, records))
        return 0;
    for (size_t i = 0; i < REPLAY_FILE_RECORDS; i++)
        if (records[i].order &&
            (records[i].duplicate > 1 || records[i].new_person > 1 ||
             records[i].sum != checksum(&records[i], offsetof(struct replay_record, sum)) ||
             REPLAY_FILE_HEADER + (i + 1) * sizeof *records > size))
            abort();
    return 0;
}

/* Records whose sums fit, after a header. */
size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    const size_t size = REPLAY_FILE_HEADER + 3 * sizeof(struct replay_record);
    if (index || capacity < size)
        return 0;
    memcpy(out, "vultus replays 1", REPLAY_FILE_HEADER);
    for (size_t i = 0; i < 3; i++) {
        struct replay_record record = {.person = 7, .face = (int64_t)i, .order = i + 1};
        record.sum = checksum(&record, offsetof(struct replay_record, sum));
        memcpy(out + REPLAY_FILE_HEADER + i * sizeof record, &record, sizeof record);
    }
    return size;
}

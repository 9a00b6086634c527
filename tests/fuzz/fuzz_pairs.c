/* Any text as a list of pairs: either refused with a line, or pairs that stay inside the root. */
#include "fuzz.h"

#include "base/memory.h"
#include "decide/pairs.h"

#include <stdlib.h>
#include <string.h>

static void check_path(const char *path)
{
    if (strncmp(path, "root/", 5) || !path[5] || strstr(path, "/../") || strchr(path, '\n'))
        abort();
    size_t length = strlen(path);
    if (!strcmp(path + length - 3, "/.."))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    long live = mem_live();
    if (size > 65536)
        return 0;
    vultus_status status = pairs_parse((const char *)data, size, "list", "root", &pairs, &error);
    if (status && (error.code != status || !error.message[0] || pairs.items))
        abort();
    if (!status && (!pairs.count || !pairs.folds))
        abort();
    for (size_t i = 0; i < pairs.count; i++) {
        check_path(pairs.items[i].a);
        check_path(pairs.items[i].b);
        if (pairs.items[i].fold >= pairs.folds)
            abort();
    }
    vultus_pairs_clear(&pairs);
    if (mem_live() != live)
        abort();
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "2\t1\nAda\t1\t2\nAda\t3\tGrace\t12\nEmmy\t4\t1\nEmmy\t1\tAda\t2\n",
        "2\nA 1 2\nA 1 3\nA 1 B 1\nB 2 A 3\n",
        "file_x,file_y,Decision\r\nimg1.jpg,img2.jpg,Yes\r\na/b.jpg,\"c, \"\"d\"\".png\",No\r\n",
        "Decision,note,file_y,file_x\n1,,b,a\n0,\"x\",../d,/c\n",
    };
    if (index >= sizeof seeds / sizeof seeds[0])
        return 0;
    size_t size = strlen(seeds[index]);
    size = size < capacity ? size : capacity;
    memcpy(out, seeds[index], size);
    return size;
}

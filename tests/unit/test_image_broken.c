/* A few hundred damaged, odd and hostile files, and the largest good ones: each is decoded or
 * refused with one line, soon, and within a gigabyte. */
#define _GNU_SOURCE
#include "support.h"
#include "base/memory.h"

#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECONDS 60 /* a hang, not a slow machine under a sanitizer */
#define MEMORY_KILOBYTES (1000L * 1000)

static char current[4096];
static size_t decoded_files, refused_files;

static void on_alarm(int signal)
{
    static const char text[] = "takes too long: ";
    (void)signal;
    ssize_t put = write(2, text, sizeof text - 1);
    put = write(2, current, strlen(current));
    (void)put;
    _exit(1);
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    (void)info, (void)where;
    if (kind != FTW_F)
        return 0;
    snprintf(current, sizeof current, "%s\n", path);
    alarm(SECONDS);
    if (vultus_image_read(path, NULL, &image, &error)) {
        if (image || !error.message[0] || strchr(error.message, '\n'))
            fail_msg("%s: \"%s\"", path, error.message);
        refused_files++;
    } else {
        assert_true(vultus_image_width(image) > 0 && vultus_image_height(image) > 0);
        decoded_files++;
    }
    vultus_image_free(image);
    alarm(0);
    return 0;
}

static void walk(const char *folder)
{
    long before = mem_live();
    const char *path = support_data(folder);
    if (!path)
        support_skip("no test data");
    decoded_files = refused_files = 0;
    signal(SIGALRM, on_alarm);
    assert_int_equal(nftw(path, visit, 16, FTW_PHYS), 0);
    assert_int_equal(mem_live(), before);
    printf("%s: %zu decoded, %zu refused\n", folder, decoded_files, refused_files);
}

static void broken_files(void **state)
{
    (void)state;
    walk("broken");
    assert_true(decoded_files > 500 && refused_files > 300);
}

static void big_files(void **state)
{
    (void)state;
    walk("big");
    assert_int_equal(refused_files, 0);
}

static void memory_stayed_bounded(void **state)
{
    struct rusage usage;
    (void)state;
    getrusage(RUSAGE_SELF, &usage);
    assert_true(usage.ru_maxrss < MEMORY_KILOBYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_files),
        cmocka_unit_test(big_files),
        cmocka_unit_test(memory_stayed_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What tests share: cmocka with its headers in order, places of files, and helpers that fail loudly. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vultus/vultus.h>

/* A path below the source tree, the test data, a fresh temporary folder. Static storage, eight at a
 * time. support_data returns NULL when there is no test data or no such file in it. */
const char *support_source(const char *path);
const char *support_data(const char *path);
/* A folder that is removed when the program ends. */
const char *support_folder(void);
const char *support_join(const char *folder, const char *name);

/* Skips the running test and says why on standard error. */
#define support_skip(why)                                                                          \
    do {                                                                                           \
        fprintf(stderr, "SKIPPED %s: %s\n", __func__, why);                                        \
        skip();                                                                                    \
    } while (0)

/* Fails with the error's message. */
#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s: %s", #call, (error)->message);                                           \
    } while (0)

/* A status, and a message that contains the text. */
#define assert_error(expected, call, error, text)                                                  \
    do {                                                                                           \
        vultus_status got_ = (call);                                                               \
        if (got_ != (expected))                                                                    \
            fail_msg("%s: status %d, expected %d (%s)", #call, got_, expected, (error)->message);  \
        if (!strstr((error)->message, text))                                                       \
            fail_msg("%s: \"%s\" does not say \"%s\"", #call, (error)->message, text);             \
    } while (0)

#endif

/* Room that is kept: given again while it is large enough, to one at a time, and back in the end. */
#include "base/memory.h"
#include "base/room.h"
#include "support.h"

#include <pthread.h>

static void room_is_given_again(void **state)
{
    struct room room = {NULL};
    long live = mem_live();
    (void)state;
    char *first = room_take(&room, 1000);
    assert_int_equal((uintptr_t)first % MEM_ALIGNMENT, 0);
    memset(first, 1, 1000);
    room_return(&room, first);
    assert_int_equal(mem_live(), live + 1);
    assert_ptr_equal(room_take(&room, 900), first);
    char *second = room_take(&room, 900); /* the other is in use */
    assert_ptr_not_equal(second, first);
    room_return(&room, first);
    room_return(&room, second); /* one is enough */
    assert_int_equal(mem_live(), live + 1);
    char *larger = room_take(&room, 2000);
    memset(larger, 1, 2000);
    room_return(&room, larger);
    assert_int_equal(mem_live(), live + 1);
    room_return(&room, NULL);
    room_clear(&room);
    assert_int_equal(mem_live(), live);
    room_clear(&room);
}

static void much_room_is_not_kept(void **state)
{
    struct room room = {NULL};
    long live = mem_live();
    (void)state;
    room_return(&room, room_take(&room, ROOM_KEPT));
    assert_int_equal(mem_live(), live + 1);
    room_return(&room, room_take(&room, ROOM_KEPT + 1));
    assert_int_equal(mem_live(), live);
    assert_null(room_take(&room, SIZE_MAX - 8));
    mem_fail_after(1, false);
    assert_null(room_take(&room, 10));
    mem_fail_after(0, false);
    room_clear(&room);
    assert_int_equal(mem_live(), live);
}

static void *use(void *argument)
{
    for (int i = 0; i < 200; i++) {
        int *block = room_take(argument, 64 * sizeof *block);
        if (!block)
            return argument;
        for (int k = 0; k < 64; k++)
            block[k] = i + k;
        for (int k = 0; k < 64; k++)
            if (block[k] != i + k)
                return argument;
        room_return(argument, block);
    }
    return NULL;
}

static void threads_do_not_share_it(void **state)
{
    struct room room = {NULL};
    pthread_t threads[4];
    void *wrong = NULL;
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, &room), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    room_clear(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_given_again),
        cmocka_unit_test(much_room_is_not_kept),
        cmocka_unit_test(threads_do_not_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

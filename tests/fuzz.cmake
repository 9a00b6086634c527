# Every tests/fuzz/fuzz_<name>.c is a fuzz target. Each gets a short, deterministic run among the unit
# tests; with VULTUS_FUZZ also a run of libFuzzer that starts from the same seeds. For a long one:
#   build/fuzz/bin/fuzz_decode -max_total_time=3600 build/fuzz/corpus/fuzz_decode
target_sources(test_support PRIVATE support/pictures.c support/streams_made_up.c) # its seeds; unit tests use them as well

set(FUZZ_RUNS 20000)
if(VULTUS_SANITIZE)
    set(FUZZ_RUNS 5000)
endif()

file(GLOB FUZZ_SOURCES CONFIGURE_DEPENDS fuzz/fuzz_*.c)
if(NOT LIBPQ)
    list(FILTER FUZZ_SOURCES EXCLUDE REGEX "fuzz_postgres")
endif()
foreach(source ${FUZZ_SOURCES})
    get_filename_component(name ${source} NAME_WE)
    vultus_fuzz_target(${name} ${source})
    set(runs ${FUZZ_RUNS})
    if(name STREQUAL "fuzz_video") # each opens a film, with threads and tables of FFmpeg
        math(EXPR runs "${FUZZ_RUNS} / 10")
    endif()
    add_test(NAME fuzz/${name}_short COMMAND ${name}_short --runs ${runs})
    set_tests_properties(fuzz/${name}_short PROPERTIES LABELS "unit;fuzz" TIMEOUT 300
                         ENVIRONMENT "${TEST_ENVIRONMENT}")
    if(VULTUS_FUZZ)
        set(corpus ${CMAKE_BINARY_DIR}/corpus/${name})
        file(MAKE_DIRECTORY ${corpus})
        add_test(NAME fuzz/${name}_seeds COMMAND ${name}_short --write ${corpus})
        set_tests_properties(fuzz/${name}_seeds PROPERTIES LABELS fuzz FIXTURES_SETUP ${name}_seeds)
        add_test(NAME fuzz/${name} COMMAND ${name} -seed=1 -runs=20000 -max_len=65536 -timeout=60
                                           -print_final_stats=1 ${corpus})
        set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 600
                             FIXTURES_REQUIRED ${name}_seeds ENVIRONMENT "${TEST_ENVIRONMENT}")
    endif()
endforeach()

# Rows of an encrypted gallery: what is not sealed is refused.
add_test(NAME fuzz/fuzz_rows_encrypted_short COMMAND fuzz_rows_short --runs ${FUZZ_RUNS})
set_tests_properties(fuzz/fuzz_rows_encrypted_short PROPERTIES LABELS "unit;fuzz" TIMEOUT 300
                     ENVIRONMENT "${TEST_ENVIRONMENT};VULTUS_TEST_ENCRYPTED=1")

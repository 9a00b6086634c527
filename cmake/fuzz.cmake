# vultus_fuzz_target(NAME SOURCE): a fuzz target that is linked with the small driver as
# NAME_short, in every build, and with libFuzzer as NAME where VULTUS_FUZZ is on (preset fuzz).
function(vultus_fuzz_target name source)
    add_executable(${name}_short ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/driver.c)
    target_link_libraries(${name}_short PRIVATE test_support)
    target_include_directories(${name}_short PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz)
    if(VULTUS_FUZZ)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE test_support)
        target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endif()
endfunction()

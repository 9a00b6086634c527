# Measurements of what is inside the library, one program for each bench/<name>.c; data are the caller's.
if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
    file(GLOB BENCH_SOURCES CONFIGURE_DEPENDS bench/*.c)
    foreach(source ${BENCH_SOURCES})
        get_filename_component(name ${source} NAME_WE)
        add_executable(bench_${name} ${source})
        target_link_libraries(bench_${name} PRIVATE vultus_internal)
    endforeach()
    # Made-up faces are those of vultus bench search.
    target_sources(bench_search_mapped PRIVATE cli/bench_vectors.c)
    target_include_directories(bench_search_mapped PRIVATE cli)
endif()

# Finds ONNX Runtime, in the order in which tools/setup/onnxruntime.sh provides it: ORT_ROOT (a
# variable or the environment's; /usr means the distribution's package), the cache of the set-up, the
# distribution's package.
#
#   OnnxRuntime::OnnxRuntime   imported target; #include <onnxruntime_c_api.h> works with each of them
#   OnnxRuntime_FOUND, OnnxRuntime_VERSION, OnnxRuntime_LIBRARY, OnnxRuntime_INCLUDE_DIR
#   OnnxRuntime_BUNDLED        true when the library is not the distribution's
#
# Targets in the build tree find a bundled library by the RPATH that CMake gives them. To install:
#   onnxruntime_install()                puts a bundled library into lib/vultus, its licence into doc
#   onnxruntime_rpath(TARGET DESTDIR)    lets TARGET, installed in DESTDIR, find it there

include(GNUInstallDirs)

set(_ort_root "$ENV{ORT_ROOT}")
if(ORT_ROOT)
    set(_ort_root "${ORT_ROOT}")
endif()
set(_ort_version 1.30.0)
set(_ort_cache "$ENV{XDG_CACHE_HOME}")
if(NOT IS_ABSOLUTE "${_ort_cache}")
    set(_ort_cache "$ENV{HOME}/.cache")
endif()
set(_ort_cache "${_ort_cache}/vultus/onnxruntime-${_ort_version}")

# Looked up anew at every configure: a stale answer would outlive a changed ORT_ROOT or cache.
unset(OnnxRuntime_INCLUDE_DIR CACHE)
unset(OnnxRuntime_LIBRARY CACHE)
set(OnnxRuntime_BUNDLED FALSE)
set(OnnxRuntime_VERSION "")

if(NOT _ort_root AND EXISTS "${_ort_cache}/lib")
    set(_ort_root "${_ort_cache}")
    set(OnnxRuntime_VERSION ${_ort_version})
endif()
if(_ort_root AND NOT _ort_root MATCHES "^/usr/*$")
    set(OnnxRuntime_BUNDLED TRUE)
    find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_c_api.h PATHS "${_ort_root}/include"
        PATH_SUFFIXES onnxruntime onnxruntime/core/session NO_DEFAULT_PATH)
    find_library(OnnxRuntime_LIBRARY onnxruntime PATHS "${_ort_root}/lib" "${_ort_root}/lib64" NO_DEFAULT_PATH)
    if(EXISTS "${_ort_root}/VERSION_NUMBER")
        file(STRINGS "${_ort_root}/VERSION_NUMBER" OnnxRuntime_VERSION LIMIT_COUNT 1)
    endif()
else()
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(_ort_pc QUIET libonnxruntime)
        set(OnnxRuntime_VERSION "${_ort_pc_VERSION}")
    endif()
    find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_c_api.h HINTS ${_ort_pc_INCLUDEDIR} PATH_SUFFIXES onnxruntime)
    find_library(OnnxRuntime_LIBRARY onnxruntime HINTS ${_ort_pc_LIBDIR})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntime
    REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR
    VERSION_VAR OnnxRuntime_VERSION
    REASON_FAILURE_MESSAGE "Run tools/setup/onnxruntime.sh, or set ORT_ROOT.")

if(OnnxRuntime_FOUND AND NOT TARGET OnnxRuntime::OnnxRuntime)
    add_library(OnnxRuntime::OnnxRuntime SHARED IMPORTED)
    set_target_properties(OnnxRuntime::OnnxRuntime PROPERTIES
        IMPORTED_LOCATION "${OnnxRuntime_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
endif()
mark_as_advanced(OnnxRuntime_INCLUDE_DIR OnnxRuntime_LIBRARY)

function(onnxruntime_install)
    if(OnnxRuntime_BUNDLED)
        # As libonnxruntime.so.1, the name that the programs ask the loader for.
        file(REAL_PATH "${OnnxRuntime_LIBRARY}" file)
        install(PROGRAMS "${file}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/vultus" RENAME libonnxruntime.so.1)
        get_filename_component(folder "${OnnxRuntime_LIBRARY}" DIRECTORY)
        install(FILES "${folder}/../LICENSE" "${folder}/../ThirdPartyNotices.txt"
            DESTINATION "${CMAKE_INSTALL_DOCDIR}/onnxruntime" OPTIONAL)
    endif()
endfunction()

function(onnxruntime_rpath target destination)
    if(OnnxRuntime_BUNDLED)
        file(RELATIVE_PATH up "/root/${destination}" "/root/${CMAKE_INSTALL_LIBDIR}/vultus")
        set_property(TARGET ${target} APPEND PROPERTY INSTALL_RPATH "$ORIGIN/${up}")
    endif()
endfunction()

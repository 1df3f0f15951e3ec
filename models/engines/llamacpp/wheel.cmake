# Given to llama-cpp-python's build as CMAKE_PROJECT_llama.cpp_INCLUDE: leaves out llama.cpp's "common" library, which
# only its command-line programs link, and with it two thirds of the compilation.
set(LLAMA_BUILD_COMMON OFF)
# One file a library: a wheel holds no links, so that each of a library's three names would be a copy of it.
set(CMAKE_PLATFORM_NO_VERSIONED_SONAME ON)

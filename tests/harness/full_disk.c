/*
 * full_disk.c - for LD_PRELOAD: while there is a file FULL_DISK, files whose path
 * has in it what that file says cannot grow, as on a disk that is full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What the switch says; false: there is none. */
static bool
is_on(char *part, size_t size)
{
	const char *at = getenv("FULL_DISK");
	int file = at == NULL ? -1 : open(at, O_RDONLY);
	ssize_t length;

	if (file < 0)
		return false;
	length = read(file, part, size - 1);
	close(file);
	part[length > 0 ? length : 0] = '\0';
	return length > 0;
}

static bool
is_meant(int descriptor, off_t end)
{
	char part[64], name[64], path[PATH_MAX];
	struct stat status;
	ssize_t length;

	if (!is_on(part, sizeof(part)))
		return false;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
	length = readlink(name, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && end > status.st_size &&
	    strstr(path, part) != NULL;
}

static bool
full(int descriptor, off_t end)
{
	int before = errno;
	bool yes = is_meant(descriptor, end);

	errno = yes ? ENOSPC : before;
	return yes;
}

static size_t
sum(const struct iovec *vectors, int count)
{
	size_t total = 0;

	for (int i = 0; i < count; i++)
		total += vectors[i].iov_len;
	return total;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t
pwrite64(int descriptor, const void *data, size_t count, off64_t at)
{
	return full(descriptor, at + (off_t)count) ? -1 :
	    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(descriptor, data, count, at);
}

ssize_t
pwrite(int descriptor, const void *data, size_t count, off_t at)
{
	return full(descriptor, at + (off_t)count) ? -1 :
	    REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(descriptor, data, count, at);
}

ssize_t
pwritev64(int descriptor, const struct iovec *vectors, int count, off64_t at)
{
	return full(descriptor, at + (off_t)sum(vectors, count)) ? -1 :
	    REAL(ssize_t, pwritev64, int, const struct iovec *, int, off64_t)(descriptor, vectors, count, at);
}

ssize_t
pwritev(int descriptor, const struct iovec *vectors, int count, off_t at)
{
	return full(descriptor, at + (off_t)sum(vectors, count)) ? -1 :
	    REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)(descriptor, vectors, count, at);
}

ssize_t
write(int descriptor, const void *data, size_t count)
{
	return full(descriptor, lseek(descriptor, 0, SEEK_CUR) + (off_t)count) ? -1 :
	    REAL(ssize_t, write, int, const void *, size_t)(descriptor, data, count);
}

int
posix_fallocate64(int descriptor, off64_t at, off64_t count)
{
	return full(descriptor, at + count) ? ENOSPC :
	    REAL(int, posix_fallocate64, int, off64_t, off64_t)(descriptor, at, count);
}

int
posix_fallocate(int descriptor, off_t at, off_t count)
{
	return full(descriptor, at + count) ? ENOSPC :
	    REAL(int, posix_fallocate, int, off_t, off_t)(descriptor, at, count);
}

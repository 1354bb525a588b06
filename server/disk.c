/* server/disk.c - whole files: write, sync, rename, sync. */
#include "server/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = PATH_MAX };

static bool join(char path[PATH_ROOM], const char *directory, const char *prefix, const char *name) {
    const int size = snprintf(path, PATH_ROOM, "%s/%s%s", directory, prefix, name);
    if (size > 0 && size < PATH_ROOM)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

bool server_disk_standard(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

bool server_disk_directory(const char *path) {
    if (mkdir(path, 0777) == 0)
        return true;
    struct stat found;
    if (errno != EEXIST || stat(path, &found) != 0)
        return false;
    if (S_ISDIR(found.st_mode))
        return true;
    errno = ENOTDIR;
    return false;
}

static bool sync_directory(const char *directory) {
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool good = fsync(fd) == 0;
    const int error = errno;
    close(fd);
    errno = error;
    return good;
}

static bool write_all(int fd, struct vm_bytes content) {
    while (content.size > 0) {
        const ssize_t count = write(fd, content.data, content.size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            if (count == 0)
                errno = ENOSPC;
            return false;
        }
        content = vm_bytes(content.data + count, content.size - (size_t)count);
    }
    return true;
}

bool server_disk_sync(const char *directory, const char *name) {
    char path[PATH_ROOM];
    if (!join(path, directory, "", name))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    const bool good = fsync(fd) == 0;
    const int error = errno;
    close(fd);
    errno = error;
    return good && sync_directory(directory);
}

bool server_disk_write(const char *directory, const char *name, struct vm_bytes content, bool lasting) {
    char temporary[PATH_ROOM], path[PATH_ROOM];
    if (!join(temporary, directory, SERVER_DISK_TEMPORARY, name) || !join(path, directory, "", name))
        return false;
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    bool good = write_all(fd, content) && (!lasting || fsync(fd) == 0);
    int error = errno;
    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && rename(temporary, path) == 0)
        return !lasting || sync_directory(directory);
    if (good)
        error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

static bool read_all(int fd, size_t most, struct server_buffer *content) {
    for (;;) {
        uint8_t *const to = server_buffer_reserve(content, 65536);
        if (to == NULL) {
            errno = ENOMEM;
            return false;
        }
        const ssize_t count = read(fd, to, 65536);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0;
        content->size += (size_t)count;
        if (content->size > most) {
            errno = EFBIG;
            return false;
        }
    }
}

bool server_disk_read(const char *directory, const char *name, size_t most, struct server_buffer *content) {
    char path[PATH_ROOM];
    content->size = 0;
    if (!join(path, directory, "", name))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    struct stat found;
    bool good = fstat(fd, &found) == 0;
    if (good && !S_ISREG(found.st_mode)) {
        errno = EINVAL;
        good = false;
    }
    good = good && read_all(fd, most, content);
    const int error = errno;
    close(fd);
    errno = error;
    return good;
}

bool server_disk_remove(const char *directory, const char *name) {
    char path[PATH_ROOM];
    return join(path, directory, "", name) && unlink(path) == 0 && sync_directory(directory);
}

bool server_disk_sweep(const char *directory) {
    DIR *const list = opendir(directory);
    if (list == NULL)
        return false;
    const size_t length = strlen(SERVER_DISK_TEMPORARY);
    char path[PATH_ROOM];
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (strncmp(entry->d_name, SERVER_DISK_TEMPORARY, length) == 0 && join(path, directory, "", entry->d_name))
            unlink(path);
    closedir(list);
    return true;
}

int server_disk_lock(const char *directory) {
    char path[PATH_ROOM];
    if (!join(path, directory, "", "lock"))
        return -1;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &lock) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * serve SOCKET [MEMORY]: a client of io.pgfault.userfault that answers SUCCESS to every fault.
 *
 * The client uses the kernel's structures, copied below, as a program for /dev/iommu does; only the origin of the
 * descriptor differs. MEMORY is a file with the devices' memory from address 0 on: the client fills each requested page
 * with the page's address before the answer. When the queue closes the socket, the client prints its counts and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct pgfault {
    uint32_t flags; /* 1 PASID valid, 2 last page of its group */
    uint32_t dev_id;
    uint32_t pasid;
    uint32_t grpid;
    uint32_t perm; /* 1 read, 2 write, 4 execute, 8 privileged */
    uint32_t reserved;
    uint64_t addr;
    uint32_t length;
    uint32_t cookie;
};

struct page_response {
    uint32_t cookie;
    uint32_t code; /* 0 success, 1 invalid */
};

_Static_assert(sizeof(struct pgfault) == 40 && offsetof(struct pgfault, addr) == 24, "the kernel's layout");
_Static_assert(sizeof(struct page_response) == 8, "the kernel's layout");

#define LAST_PAGE 2u
#define REFUSED (1u << 31) /* not the kernel's: a refused response, errno in length */
#define PAGE 4096u
#define RECORDS 1024

static int die(const char *what)
{
    fprintf(stderr, "serve: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Retries, because the queue may open its socket after the client has started. */
static int connect_to(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
    for (int tries = 0; tries < 3000; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
            return fd;
        close(fd);
        usleep(10000);
    }
    return -1;
}

int main(int argc, char **argv)
{
    static struct pgfault faults[RECORDS];
    static struct page_response responses[RECORDS];
    uint64_t *memory = NULL;
    off_t memory_size = 0;
    unsigned long records = 0, groups = 0;
    uint32_t open_cookie = 0;
    size_t have = 0; /* bytes in faults, the last record maybe in part */

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: serve SOCKET [MEMORY]\n");
        return 2;
    }
    if (argc == 3) {
        struct stat st;
        int file = open(argv[2], O_RDWR);
        if (file < 0 || fstat(file, &st) < 0)
            return die(argv[2]);
        memory_size = st.st_size;
        memory = mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory == MAP_FAILED)
            return die(argv[2]);
    }
    int queue = connect_to(argv[1]);
    if (queue < 0)
        return die(argv[1]);
    for (;;) {
        ssize_t n = read(queue, (char *)faults + have, sizeof(faults) - have);
        if (n < 0 && errno != ECONNRESET)
            return die("read");
        if (n <= 0)
            break;
        have += n;
        size_t whole = have / sizeof(struct pgfault), answers = 0;
        for (size_t i = 0; i < whole; i++) {
            struct pgfault *f = &faults[i];
            if (f->flags & REFUSED) {
                fprintf(stderr, "serve: refused, cookie %u code %u: %s\n", f->grpid, f->perm, strerror(f->length));
                return 1;
            }
            if (f->cookie == 0 || f->reserved || f->length || (open_cookie && open_cookie != f->cookie)) {
                fprintf(stderr, "serve: record %lu belongs to no group\n", records);
                return 1;
            }
            records++;
            if (memory && f->addr + PAGE <= (uint64_t)memory_size)
                for (unsigned w = 0; w < PAGE / 8; w++)
                    memory[f->addr / 8 + w] = f->addr & -(uint64_t)PAGE;
            open_cookie = f->flags & LAST_PAGE ? 0 : f->cookie;
            if (f->flags & LAST_PAGE)
                responses[answers++] = (struct page_response){.cookie = f->cookie, .code = 0};
        }
        have -= whole * sizeof(struct pgfault);
        memmove(faults, faults + whole, have);
        groups += answers;
        size_t bytes = answers * sizeof(struct page_response), sent = 0;
        while (sent < bytes) {
            n = write(queue, (char *)responses + sent, bytes - sent);
            if (n <= 0)
                return die("write");
            sent += n;
        }
    }
    printf("served %lu records in %lu groups\n", records, groups);
    return 0;
}

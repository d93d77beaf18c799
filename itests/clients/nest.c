/* SPDX-License-Identifier: Apache-2.0
 *
 * nest SOCKET MEMORY DEV_ID PASID [EVENTS]: a client of io.pgfault.userfault that keeps the page table of a device.
 *
 * The client attaches an x86-64 table of four levels, which lies in MEMORY, for the PASID of the device. It maps each
 * page that faults to a page of MEMORY, one after the other, and answers SUCCESS; when MEMORY is full, it takes all
 * pages back and invalidates. The guest's address of a byte is its offset in MEMORY. When the queue closes the socket,
 * the client prints its counts and ends, as nest.py does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct pgfault {
    uint32_t flags; /* bit 30: an acknowledgement, bit 31: a refusal */
    uint32_t dev_id, pasid, grpid, perm, reserved;
    uint64_t addr;
    uint32_t length, cookie;
};
struct page_response {
    uint32_t cookie, code;
};
struct control {
    uint32_t token, op, dev_id, pasid, type, length;
};
struct vtd_s1 {
    uint64_t flags, pgtbl_addr;
    uint32_t addr_width, reserved;
};
struct vtd_s1_invalidate {
    uint64_t addr, npages;
    uint32_t flags, reserved;
};
struct vevent_header {
    uint32_t flags, sequence; /* 32 bytes of the event follow, unless flags has LOST_EVENTS 1 */
};

_Static_assert(sizeof(struct pgfault) == 40 && sizeof(struct control) == 24, "the queue's layout");
_Static_assert(sizeof(struct vtd_s1) == 24 && sizeof(struct vtd_s1_invalidate) == 24, "the kernel's layout");

enum { LAST_PAGE = 2, ACK = 1u << 30, PAGE = 4096, ATTACH = 1, INVALIDATE = 3, VTD = 1 };
enum { ROOT = PAGE, ENTRY = 0x27, HELD = 4096 }; /* page 0 stays unused; present, writable, user, accessed */
#define REFUSED (1u << 31)
#define OP (1u << 31)

static uint8_t *memory;
static uint64_t size, free_page;
static uint32_t device, pasid, token;
static int queue;

static int die(const char *what)
{
    fprintf(stderr, "nest: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_all(const void *bytes, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t n = write(queue, (const char *)bytes + sent, length - sent);
        if (n <= 0)
            die("write");
        sent += n;
    }
}

static void control(uint32_t op, const void *data, uint32_t length)
{
    struct control header = {++token, OP | op, device, pasid, VTD, length};
    send_all(&header, sizeof(header));
    send_all(data, length);
}

/* A group gets one response, at its last record. */
static void respond(const struct pgfault *fault)
{
    struct page_response response = {fault->cookie, 0};
    if (fault->flags & LAST_PAGE)
        send_all(&response, sizeof(response));
}

/* Retries, because the queue may open its socket after the client has started. */
static int connect_to(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
    for (int tries = 0; tries < 3000; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
            return fd;
        close(fd);
        usleep(10000);
    }
    return die(path);
}

static uint64_t new_page(void)
{
    uint64_t page = free_page;
    free_page += PAGE;
    memset(memory + page, 0, PAGE);
    return page;
}

static int room(void)
{
    return free_page + 4 * PAGE <= size; /* three tables and a page */
}

static void clear(void)
{
    memset(memory + ROOT, 0, PAGE);
    free_page = ROOT + PAGE;
}

static void map(uint64_t addr)
{
    uint64_t table = ROOT;
    for (int shift = 39; shift >= 12; shift -= 9) {
        uint64_t *entry = (uint64_t *)(memory + table) + (addr >> shift & 511);
        if (!(*entry & 1))
            __atomic_store_n(entry, new_page() | ENTRY, __ATOMIC_RELEASE);
        table = *entry & 0xffffffffff000;
    }
}

int main(int argc, char **argv)
{
    static struct pgfault faults[1024];
    static struct pgfault held[HELD]; /* what waits for an invalidation */
    static uint8_t of_events[4096];
    size_t have = 0, have_events = 0, holding = 0;
    unsigned long mapped = 0, invalidations = 0, events = 0, losses = 0;
    struct stat st;

    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: nest SOCKET MEMORY DEV_ID PASID [EVENTS]\n");
        return 2;
    }
    int file = open(argv[2], O_RDWR);
    if (file < 0 || fstat(file, &st) < 0)
        die(argv[2]);
    size = st.st_size;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        die(argv[2]);
    device = strtoul(argv[3], NULL, 0);
    pasid = strtoul(argv[4], NULL, 0);
    clear();
    queue = connect_to(argv[1]);
    struct pollfd fds[2] = {{queue, POLLIN, 0}, {argc > 5 ? connect_to(argv[5]) : -1, POLLIN, 0}};
    struct vtd_s1 stage = {.pgtbl_addr = ROOT, .addr_width = 48};
    control(ATTACH, &stage, sizeof(stage));
    while ((fds[0].fd >= 0 || fds[1].fd >= 0) && poll(fds, 2, -1) > 0) {
        if (fds[1].revents) {
            ssize_t n = read(fds[1].fd, of_events + have_events, sizeof(of_events) - have_events);
            size_t at = 0;
            if (n <= 0)
                fds[1].fd = -1;
            have_events += n > 0 ? n : 0;
            for (size_t length; have_events - at >= 8; at += length) {
                int lost = ((struct vevent_header *)(of_events + at))->flags & 1;
                length = lost ? 8 : 40;
                if (have_events - at < length)
                    break;
                losses += lost;
                events += !lost;
            }
            have_events -= at;
            memmove(of_events, of_events + at, have_events);
        }
        if (!fds[0].revents)
            continue;
        ssize_t n = read(queue, (char *)faults + have, sizeof(faults) - have);
        if (n < 0 && errno != ECONNRESET)
            die("read");
        if (n <= 0)
            fds[0].fd = -1;
        have += n > 0 ? n : 0;
        size_t whole = have / sizeof(struct pgfault);
        for (struct pgfault *f = faults; f < faults + whole; f++) {
            if (f->flags & ACK) {
                if (f->length) {
                    fprintf(stderr, "nest: operation %u of record %u: %s\n", f->perm, f->grpid, strerror(f->length));
                    return 1;
                }
                if (f->perm == INVALIDATE) {
                    /* No device uses the old pages any more, so they may be given again. */
                    clear();
                    for (size_t i = 0; i < holding; i++) {
                        map(held[i].addr);
                        respond(&held[i]);
                    }
                    invalidations++;
                    holding = 0;
                }
            } else if (f->flags & REFUSED) {
                fprintf(stderr, "nest: cookie %u refused: %s\n", f->grpid, strerror(f->length));
            } else {
                mapped++;
                if (holding || !room()) {
                    if (!holding) {
                        struct vtd_s1_invalidate everything = {.npages = UINT64_MAX};
                        memset(memory + ROOT, 0, PAGE);
                        control(INVALIDATE, &everything, sizeof(everything));
                    }
                    if (holding < HELD)
                        held[holding++] = *f;
                } else {
                    map(f->addr);
                    respond(f);
                }
            }
        }
        have -= whole * sizeof(struct pgfault);
        memmove(faults, faults + whole, have);
    }
    printf("mapped %lu pages, %lu invalidations, %lu events, %lu losses told\n", mapped, invalidations, events, losses);
    return 0;
}

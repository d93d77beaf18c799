// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.domain.IopfDomain;
import io.pgfault.core.internal.group.LongMap;
import io.pgfault.core.internal.group.PendingGroups;
import io.pgfault.parts.BackoffLock;
import io.pgfault.parts.UnitLogger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The domains attached to one device by PASID (rules C06, C19).
 *
 * <p>The device's lock guards the table. A lock of their own, {@code changes}, orders attaching, detaching and
 * releasing: a thread holds it while it tells the driver, and while the groups of what was attached before get their
 * answer. Reports take the device's lock only. A new attachment is in the table before the driver knows it, so a
 * request that the new attachment causes finds it. Lock order: {@code changes}, then the device's lock.
 */
final class Attachments {
    private final Device device;
    private final BackoffLock lock;
    private final IommuDriver driver;
    private final PendingGroups pending;
    private final Object changes = new Object();
    private final LongMap<Attachment> table = new LongMap<>();
    /** What was found last: the next request is most often of the same PASID. Guarded by the device's lock. */
    private Attachment found;

    /** The PASID that {@code found} was found for. Guarded by the device's lock. */
    private int foundFor;

    /** Whether the device has been released. Guarded by {@code changes}. */
    private boolean released;

    Attachments(Device device, BackoffLock lock, IommuDriver driver, PendingGroups pending) {
        this.device = device;
        this.lock = lock;
        this.driver = driver;
        this.pending = pending;
    }

    /** What handles requests of a PASID: its own domain, or a nested one of the device. With the device's lock. */
    Attachment find(int pasid) {
        if (found == null || foundFor != pasid) {
            found = lookUp(pasid);
            foundFor = pasid;
        }
        return found;
    }

    private Attachment lookUp(int pasid) {
        Attachment exact = table.get(pasid);
        if (exact != null || pasid == Pasid.NONE) {
            return exact;
        }
        Attachment own = table.get(Pasid.NONE);
        return own != null && own.domain().nested() ? own : null;
    }

    /** Calls {@code visitor} for each attachment. With the device's lock. */
    void visit(Consumer<Attachment> visitor) {
        table.forEach((pasid, attachment) -> visitor.accept(attachment));
    }

    void attach(int pasid, IopfDomain domain) {
        Attachment attachment = new Attachment(
                device, pasid, domain, attached -> pending.list(group -> attached.covers(group.attachment()))
                        .size());
        synchronized (changes) {
            if (released) {
                throw new IllegalStateException(device + " has been released: probe it again");
            }
            domain.hold(attachment);
            Attachment before = replace(pasid, attachment);
            try {
                driver.attach(device, pasid, domain);
            } catch (Throwable e) {
                replace(pasid, before);
                end(attachment);
                throw e;
            }
            if (before != null) {
                end(before);
            }
        }
    }

    /** Attaches a domain if {@code expected} is attached there, nothing for {@code null}; false if not. */
    boolean replace(int pasid, IopfDomain expected, IopfDomain domain) {
        synchronized (changes) {
            if (attached(pasid) != expected) {
                return false;
            }
            attach(pasid, domain);
            return true;
        }
    }

    /** The domain that is attached with this PASID itself, {@code null} for none. */
    IopfDomain attached(int pasid) {
        Attachment attachment = at(pasid);
        return attachment == null ? null : attachment.domain();
    }

    private Attachment at(int pasid) {
        lock.lock();
        try {
            return table.get(pasid);
        } finally {
            lock.unlock();
        }
    }

    void detach(int pasid) {
        synchronized (changes) {
            Attachment attachment = at(pasid);
            if (attachment != null) {
                tellDetached(attachment);
                replace(pasid, null);
                end(attachment);
            }
        }
    }

    /** Detaches this attachment; nothing happens if it has been detached or replaced. */
    void detach(Attachment attachment) {
        synchronized (changes) {
            if (at(attachment.pasid()) == attachment) {
                detach(attachment.pasid());
            }
        }
    }

    /** Detaches everything; from then on nothing can be attached. */
    void release() {
        synchronized (changes) {
            released = true;
            List<Attachment> all = new ArrayList<>();
            lock.lock();
            try {
                table.forEach((pasid, attachment) -> all.add(attachment));
            } finally {
                lock.unlock();
            }
            all.forEach(attachment -> detach(attachment.pasid()));
        }
    }

    private void tellDetached(Attachment attachment) {
        try {
            driver.detach(device, attachment.pasid());
        } catch (Throwable e) {
            UnitLogger.of(device.unit())
                    .log(
                            System.Logger.Level.ERROR,
                            device + ": its driver failed to detach " + attachment.domain()
                                    + "; the core detaches it all the same",
                            e);
        }
    }

    /** Puts an attachment, or nothing for {@code null}, into the table; returns what was there. */
    private Attachment replace(int pasid, Attachment attachment) {
        lock.lock();
        try {
            found = null;
            return attachment == null ? table.remove(pasid) : table.put(pasid, attachment);
        } finally {
            lock.unlock();
        }
    }

    /** Answers the groups of an attachment that has left the table; then its domain may be freed. */
    private void end(Attachment attachment) {
        pending.answerInvalid(group -> attachment.covers(group.attachment()));
        attachment.domain().release(attachment);
    }
}

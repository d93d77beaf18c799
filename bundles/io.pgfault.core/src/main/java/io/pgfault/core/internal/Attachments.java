// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IommuDriver;
import java.util.ArrayList;
import java.util.List;

/**
 * The domains attached to one device by PASID (rules C06, C19).
 *
 * <p>The table is guarded by the device's lock. Changes are ordered by a lock of their own, held while the driver is told
 * and while the groups of what was attached before get their answer; requests flow meanwhile. A new attachment is in the
 * table before the driver knows it, so that no request it causes finds nothing there.
 */
final class Attachments {
    private static final System.Logger LOGGER = System.getLogger(Attachments.class.getName());

    private final FaultParam param;
    private final Object lock;
    private final IommuDriver driver;
    private final PendingGroups pending;
    private final Object changes = new Object();
    private final LongMap<Attachment> table = new LongMap<>();
    /** What was found last, and for which PASID: the next request is most often of the same. */
    private Attachment found;

    private int foundFor;
    private boolean released;

    Attachments(FaultParam param, IommuDriver driver, PendingGroups pending) {
        this.param = param;
        this.lock = param.lock();
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

    void attach(int pasid, IopfDomain domain) {
        Attachment attachment = new Attachment(param, pasid, domain);
        synchronized (changes) {
            if (released) {
                throw new IllegalStateException(param + " has been released: probe it again");
            }
            domain.hold(attachment);
            Attachment before = replace(pasid, attachment);
            try {
                driver.attach(param, pasid, domain);
            } catch (RuntimeException | Error e) {
                replace(pasid, before);
                end(attachment);
                throw e;
            }
            if (before != null) {
                end(before);
            }
        }
    }

    void detach(int pasid) {
        synchronized (changes) {
            Attachment attachment;
            synchronized (lock) {
                attachment = table.get(pasid);
            }
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
            Attachment now;
            synchronized (lock) {
                now = table.get(attachment.pasid());
            }
            if (now == attachment) {
                detach(attachment.pasid());
            }
        }
    }

    /** Detaches everything; from then on nothing can be attached. */
    void release() {
        synchronized (changes) {
            released = true;
            List<Attachment> all = new ArrayList<>();
            synchronized (lock) {
                table.forEach((pasid, attachment) -> all.add(attachment));
            }
            all.forEach(attachment -> detach(attachment.pasid()));
        }
    }

    private void tellDetached(Attachment attachment) {
        try {
            driver.detach(param, attachment.pasid());
        } catch (RuntimeException | Error e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    param + ": its driver failed to detach " + attachment.domain()
                            + "; the core detaches it all the same",
                    e);
        }
    }

    /** Puts an attachment, or nothing for {@code null}, into the table; returns what was there. */
    private Attachment replace(int pasid, Attachment attachment) {
        synchronized (lock) {
            found = null;
            return attachment == null ? table.remove(pasid) : table.put(pasid, attachment);
        }
    }

    /** Answers the groups of an attachment that has left the table, and lets its domain go. */
    private void end(Attachment attachment) {
        pending.answerInvalid(group -> group.attachment() == attachment);
        attachment.domain().letGo(attachment);
    }
}

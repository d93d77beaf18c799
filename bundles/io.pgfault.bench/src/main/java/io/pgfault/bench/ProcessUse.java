// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.lang.management.ManagementFactory;
import java.util.stream.LongStream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What the process has used so far. Read through the MBean server: the JDK's package with these attributes is not one that
 * every container exports.
 *
 * @param allocatedBytes on the heap, by the threads there are
 * @param cpuNanos processor time
 */
record ProcessUse(long allocatedBytes, long cpuNanos) {
    /** As it is now. */
    static ProcessUse now() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName threads = new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME);
            Object ids = server.getAttribute(threads, "AllThreadIds");
            long[] allocated = (long[]) server.invoke(
                    threads, "getThreadAllocatedBytes", new Object[] {ids}, new String[] {long[].class.getName()});
            Object cpu = server.getAttribute(
                    new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), "ProcessCpuTime");
            // A thread that has ended meanwhile counts as -1.
            return new ProcessUse(
                    LongStream.of(allocated).filter(bytes -> bytes > 0).sum(), (Long) cpu);
        } catch (JMException e) {
            throw new IllegalStateException("this Java runtime doesn't say what a process uses", e);
        }
    }
}

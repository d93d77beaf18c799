// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import java.lang.management.ManagementFactory;
import java.util.stream.LongStream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Heap and processor time that the process has used. The numbers come through the MBean server, because not every OSGi
 * container exports the JDK's package that has them ({@code com.sun.management}).
 *
 * @param allocatedBytes heap memory that the live threads have allocated since they started, in bytes
 * @param cpuNanos processor time of the process in nanoseconds
 */
record ProcessUse(long allocatedBytes, long cpuNanos) {
    /**
     * What the process has used until now.
     *
     * @throws IllegalStateException if this Java runtime doesn't know
     */
    static ProcessUse now() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName threads = new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME);
            Object ids = server.getAttribute(threads, "AllThreadIds");
            long[] allocated = (long[]) server.invoke(
                    threads, "getThreadAllocatedBytes", new Object[] {ids}, new String[] {long[].class.getName()});
            Object cpu = server.getAttribute(
                    new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), "ProcessCpuTime");
            // The runtime gives -1 for a thread that has ended since its id was read.
            return new ProcessUse(
                    LongStream.of(allocated).filter(bytes -> bytes > 0).sum(), (Long) cpu);
        } catch (JMException e) {
            throw new IllegalStateException(
                    "this Java runtime tells neither allocated bytes nor processor time; use a JDK with HotSpot", e);
        }
    }
}

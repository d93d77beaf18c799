// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.event;

import io.pgfault.api.Device;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventFactory;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.ValueDescriptor;

/**
 * A kind of event of the flight recorder. The recorder makes the event's class, in a class loader of the Java runtime:
 * a class of this bundle could not see what the recorder adds to the classes of events. Any thread.
 */
final class RecorderEvent {
    /** Fields that every kind but the overflow has: unit, device, PASID (-1 for none), group. */
    private static final List<ValueDescriptor> OF_GROUP =
            List.of(text("iommu", "Unit"), text("dev", "Device"), number("pasid", "PASID"), number("grpid", "Group"));

    private final EventFactory factory;

    private RecorderEvent(EventFactory factory) {
        this.factory = factory;
    }

    /** A kind of event that concerns a group or a request of it. */
    static RecorderEvent ofGroup(String name, String label, String description, ValueDescriptor... more) {
        List<ValueDescriptor> fields = new ArrayList<>(OF_GROUP);
        fields.addAll(List.of(more));
        return new RecorderEvent(create(name, label, description, fields));
    }

    /** A kind of event that concerns a unit. */
    static RecorderEvent ofUnit(String name, String label, String description) {
        return new RecorderEvent(create(name, label, description, List.of(text("iommu", "Unit"))));
    }

    private static EventFactory create(String name, String label, String description, List<ValueDescriptor> fields) {
        return EventFactory.create(
                List.of(
                        new AnnotationElement(Name.class, "io.pgfault." + name),
                        new AnnotationElement(Label.class, label),
                        new AnnotationElement(Description.class, description),
                        new AnnotationElement(Category.class, new String[] {"I/O page faults"}),
                        new AnnotationElement(StackTrace.class, false)),
                fields);
    }

    static ValueDescriptor text(String name, String label) {
        return new ValueDescriptor(String.class, name, List.of(new AnnotationElement(Label.class, label)));
    }

    static ValueDescriptor number(String name, String label) {
        return new ValueDescriptor(int.class, name, List.of(new AnnotationElement(Label.class, label)));
    }

    static ValueDescriptor address(String name, String label) {
        return new ValueDescriptor(long.class, name, List.of(new AnnotationElement(Label.class, label)));
    }

    static ValueDescriptor nanos(String name, String label) {
        return new ValueDescriptor(
                long.class,
                name,
                List.of(
                        new AnnotationElement(Label.class, label),
                        new AnnotationElement(Timespan.class, Timespan.NANOSECONDS)));
    }

    /** Whether the recorder runs at all. One read: a process that never records makes no kind of event. */
    static boolean recorderRuns() {
        return FlightRecorder.isInitialized();
    }

    /** Whether a recording wants events of this kind. */
    boolean isEnabled() {
        return factory.getEventType().isEnabled();
    }

    /** An event without fields. */
    Event event() {
        return factory.newEvent();
    }

    /** Fills in what every event of a group has, and returns the index of the next field. */
    static int of(Event event, Device device, int pasid, int groupId) {
        event.set(0, device.unit());
        event.set(1, device.name());
        event.set(2, pasid);
        event.set(3, groupId);
        return OF_GROUP.size();
    }
}

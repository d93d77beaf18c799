// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.ArrayList;
import java.util.List;

/** A monitor or a {@code ReentrantLock} of a run. Only the actor with the token reads and writes the fields. */
final class Mutex {
    /** The actor that holds the mutex; {@code null} if it is free. */
    Actor owner;
    /** How often the owner has entered it. */
    int depth;
    /** The actors in {@code wait}, in order of arrival. */
    final List<Actor> waiting = new ArrayList<>();
}

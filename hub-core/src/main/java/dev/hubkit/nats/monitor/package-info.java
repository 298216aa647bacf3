/** The HTTP monitoring endpoints of a NATS server ({@code /varz}, {@code /connz} and so on). */
@NullMarked
package dev.hubkit.nats.monitor;

import org.jspecify.annotations.NullMarked;

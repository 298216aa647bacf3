/**
 * A Fossil repository: commits, versions, files, timeline, users. May touch {@code fossil.content}
 * and {@code fossil.artifact}, {@code json} and {@code time}; knows nothing of NATS.
 */
@NullMarked
package dev.hubkit.fossil;

import org.jspecify.annotations.NullMarked;

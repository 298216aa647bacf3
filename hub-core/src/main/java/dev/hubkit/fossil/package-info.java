/**
 * A Fossil repository: commits, versions, files, timeline, users. May touch {@code fossil.content},
 * {@code fossil.artifact} and {@code fossil.crosslink}, {@code json} and {@code time}; knows
 * nothing of NATS.
 */
@NullMarked
package dev.hubkit.fossil;

import org.jspecify.annotations.NullMarked;

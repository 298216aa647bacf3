package dev.hubkit.fossil;

import org.jspecify.annotations.Nullable;

/**
 * A line of a file and the check-in that added it.
 *
 * @param text the line without its end
 * @param origin the check-in; null when the search stopped before it was found
 */
public record AnnotatedLine(String text, @Nullable TimelineEntry origin) {}

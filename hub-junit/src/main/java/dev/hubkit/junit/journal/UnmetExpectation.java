package dev.hubkit.junit.journal;

import java.util.List;

/**
 * Something that a test waited for in vain.
 *
 * @param text describes it, with what came nearest
 * @param subscription the number of the entry of the subscription that received nothing; 0 if this
 *     is about something else
 * @param nearest the numbers of the entries that came nearest, the nearest first
 */
public record UnmetExpectation(String text, long subscription, List<Long> nearest) {}

/**
 * What is said to people: log messages and quoted text. Whatever comes from outside is escaped
 * here, so that it can neither make a line of its own nor tell a terminal what to do. Touches
 * nothing else of Hub.
 */
@NullMarked
package dev.hubkit.log;

import org.jspecify.annotations.NullMarked;

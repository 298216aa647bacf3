/**
 * What people read: log messages and quoted text. Text from outside is escaped here, so that it can
 * neither add lines to the log nor control a terminal. Of Hub, it uses only {@code text}.
 */
@NullMarked
package dev.hubkit.log;

import org.jspecify.annotations.NullMarked;

/**
 * What people look at in a browser: pages with the style and the scripts they need. What a page
 * shows is JSON that others write. Above the foundation, it uses nothing.
 */
@NullMarked
package dev.hubkit.view;

import org.jspecify.annotations.NullMarked;

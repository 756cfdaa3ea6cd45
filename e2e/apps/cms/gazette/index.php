<!doctype html>
<title><?php bloginfo('name'); ?></title>
<link rel="stylesheet" href="<?php echo esc_url(get_stylesheet_uri()); ?>">
<h1><?php bloginfo('name'); ?></h1>
<?php while (have_posts()): the_post(); ?>
<article>
<h2><?php the_title(); ?></h2>
<?php the_content(); ?>
<?php foreach (get_comments(['post_id' => get_the_ID(), 'status' => 'approve', 'order' => 'ASC']) as $comment): ?>
<blockquote><?php echo esc_html($comment->comment_author . ': ' . $comment->comment_content); ?></blockquote>
<?php endforeach; ?>
</article>
<?php endwhile; ?>

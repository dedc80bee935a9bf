-- A category that holds nothing but deleted products can be deleted. They keep it as long as it exists, so that what they
-- sold is still counted there, and then have none; order lines point at the products and are not touched.

alter table products
  alter column category_id drop not null,
  add constraint products_category_id_check check (category_id is not null or deleted_at is not null);
